package kubeconfig

import (
	"errors"
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// errOtherChange says that an edit would have changed more than one server.
var errOtherChange = errors.New("it would change more than the one server")

// verify proves that after differs from before in the one server and in nothing
// else, twice: as client-go reads the files, which is what counts, and as YAML,
// which covers the fields that client-go doesn't know.
func verify(before, after []byte, edit Edit) error {
	if err := verifyMeaning(before, after, edit); err != nil {
		return err
	}
	var was, is yaml.Node
	if err := yaml.Unmarshal(before, &was); err != nil {
		return err
	}
	if err := yaml.Unmarshal(after, &is); err != nil {
		return err
	}
	changed, same := compare(&was, &is)
	if !same || changed != 1 {
		return errOtherChange
	}
	return nil
}

// verifyMeaning compares the files as client-go reads them.
func verifyMeaning(before, after []byte, edit Edit) error {
	want, err := load(before)
	if err != nil {
		return err
	}
	got, err := load(after)
	if err != nil {
		return err
	}
	want.Clusters[edit.Cluster].Server = edit.To
	if !reflect.DeepEqual(want, got) {
		return errOtherChange
	}
	return nil
}

// compare walks two YAML trees at once and counts the scalars whose value
// differs; same is false when anything else does. Of the style only the quotes of
// a changed scalar may differ.
func compare(a, b *yaml.Node) (changed int, same bool) {
	switch {
	case a.Kind != b.Kind, a.Tag != b.Tag, a.Anchor != b.Anchor, len(a.Content) != len(b.Content),
		a.HeadComment != b.HeadComment, a.LineComment != b.LineComment, a.FootComment != b.FootComment:
		return 0, false
	case a.Kind == yaml.ScalarNode && a.Value != b.Value:
		return 1, true
	case a.Value != b.Value, a.Style != b.Style:
		return 0, false
	}
	for i := range a.Content {
		n, ok := compare(a.Content[i], b.Content[i])
		if !ok {
			return 0, false
		}
		changed += n
	}
	return changed, true
}

// serverOf reads the server of a cluster entry as client-go does.
func serverOf(data []byte, cluster string) (string, error) {
	config, err := load(data)
	if err != nil {
		return "", err
	}
	entry := config.Clusters[cluster]
	switch {
	case entry == nil:
		return "", fmt.Errorf("it has no cluster %q", cluster)
	case entry.Server == "":
		return "", fmt.Errorf("cluster %q has no server", cluster)
	}
	return entry.Server, nil
}

func load(data []byte) (*clientcmdapi.Config, error) {
	config, err := clientcmd.Load(data)
	if err != nil {
		return nil, withoutContents(err)
	}
	return config, nil
}
