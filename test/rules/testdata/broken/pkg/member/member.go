// Package member knows the command line and a verb.
package member

import (
	_ "github.com/spf13/cobra"

	_ "github.com/kubectl-fed/kubectl-fed/pkg/plugin/join"
)
