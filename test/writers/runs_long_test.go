//go:build long

package writers

// killedRuns is how many runs are killed.
const killedRuns = 240
