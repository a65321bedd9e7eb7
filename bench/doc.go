// Package bench measures the product beside what people use instead, both in one run on the same clusters.
//
//	go test -run '^$' -bench . ./bench
package bench
