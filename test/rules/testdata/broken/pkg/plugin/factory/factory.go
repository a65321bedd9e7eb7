// Package factory is shared by the verbs, and knows one.
package factory

import _ "github.com/kubectl-fed/kubectl-fed/pkg/plugin/join"
