package kubeconfig

import (
	"errors"
	"reflect"

	"go.yaml.in/yaml/v3"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// errOtherChange says that edits would have changed more than their servers.
var errOtherChange = errors.New("it would change more than the one server")

// original is a file before it is edited, as client-go reads it and as YAML.
type original struct {
	config   *clientcmdapi.Config
	document *yaml.Node
}

// verify proves that a file after edits differs from the original in their servers
// and in nothing else, twice: as client-go reads it, which is what counts, and as
// YAML, which covers the fields that client-go doesn't know.
func verify(before original, after []byte, edits []Edit) error {
	got, err := load(after)
	if err != nil {
		return err
	}
	want := before.config.DeepCopy()
	for _, edit := range edits {
		want.Clusters[edit.Cluster].Server = edit.To
	}
	if !reflect.DeepEqual(want, got) {
		return errOtherChange
	}
	var is yaml.Node
	if err := yaml.Unmarshal(after, &is); err != nil {
		return err
	}
	changed, same := compare(before.document, &is)
	if !same || changed != len(edits) {
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

func load(data []byte) (*clientcmdapi.Config, error) {
	config, err := clientcmd.Load(data)
	if err != nil {
		return nil, withoutContents(err)
	}
	return config, nil
}
