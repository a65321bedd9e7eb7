// Package diff is a verb that keeps the rules.
package diff

import _ "github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
