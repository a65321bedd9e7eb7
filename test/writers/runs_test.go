//go:build !long

package writers

// killedRuns is how many runs are killed; the long series has ten times as many.
const killedRuns = 24
