// Package report is the only one that formats output: errors and their hints, tables, one-line accounts of
// what was done, differences. It decides nothing, and hides what must not be printed.
package report
