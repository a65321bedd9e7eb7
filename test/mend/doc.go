// Package mend holds what status says against real trouble: every status of KubeFed that can be brought about is
// brought about with the real controllers, "kubectl fed status" has to name its true cause, and the command that it
// hints at is run and has to mend it. The test takes minutes and has the build tag "long".
package mend
