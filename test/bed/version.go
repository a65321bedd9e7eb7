package bed

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// kubernetesFile is where the version is kept that a bed's clusters have: who stops a node or moves it need not
// say again what is to be started.
func (b *Bed) kubernetesFile() string { return filepath.Join(b.dir, "kubernetes") }

// chooseKubernetes finds the version that the clusters have or are to have: what was asked for, what is kept with the
// bed, or the first of programs.Minors.
func (b *Bed) chooseKubernetes(asked string) error {
	if asked != "" && !slices.Contains(programs.Minors, asked) {
		return fmt.Errorf("there is no Kubernetes %s for a bed, only %s", asked, strings.Join(programs.Minors, " and "))
	}
	kept, err := os.ReadFile(b.kubernetesFile())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	b.kubernetes = string(kept)
	switch known := slices.Contains(programs.Minors, b.kubernetes); {
	case known && asked != "" && asked != b.kubernetes:
		return fmt.Errorf("the bed %q has Kubernetes %s: take it down first, or choose other names", b.Name, b.kubernetes)
	case !known: // it is new, or left from a time when the bed ran others
		b.kubernetes = cmp.Or(asked, programs.Minors[0])
	}
	return nil
}

func (b *Bed) keepKubernetes() error {
	return os.WriteFile(b.kubernetesFile(), []byte(b.kubernetes), 0o644)
}
