package kubeconfig

// Tidy removes what runs of ours that were killed have left beside kubeconfigs. It is for a run that has nothing to
// edit; Apply tidies by itself. What another program or a living run has made stays, and nobody is waited for, so
// what can't be removed now is left to the next run.
func Tidy(names []string) {
	for _, f := range filesNamed(names) {
		for _, lock := range locksOf([]file{f}) {
			bury(lock)
			sweepDrafts(lock)
		}
		f.sweepUnderLock()
	}
}

// sweepUnderLock removes files that were to replace the kubeconfig, where there are any. A living run that is about
// to replace it has such a file too, and holds the lock meanwhile.
func (f file) sweepUnderLock() {
	left := false
	sweep(f.target, draftPrefix(f.target), func(string) { left = true })
	if !left {
		return
	}
	lock, err := stake(lockOf(f.target))
	if err != nil {
		return
	}
	defer lock.release()
	sweepTemporaries(f.target)
}
