package outcome

import "fmt"

// Exited is the end of a command that ran other programs: its exit code is theirs, and they have said themselves
// what was wrong.
type Exited int

// Error is for those who call the command as a function.
func (e Exited) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit is the end with that exit code; nil for 0.
func Exit(code int) error {
	if code == 0 {
		return nil
	}
	return Exited(code)
}
