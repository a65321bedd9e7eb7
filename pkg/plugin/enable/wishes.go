package enable

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// wishes are the types that were named, or stand in files.
func (o *Options) wishes(ctx context.Context) ([]enabling.Wish, error) {
	if o.Files.Given() {
		return o.fromFiles(ctx)
	}
	var all []enabling.Wish
	for _, name := range o.Types {
		all = append(all, enabling.Wish{
			Name: name, Version: o.Version, FederatedGroup: o.FederatedGroup, FederatedVersion: o.FederatedVersion, Status: o.Status,
		})
	}
	return all, nil
}

func (o *Options) fromFiles(ctx context.Context) ([]enabling.Wish, error) {
	documents, findings, err := o.Files.Read(ctx, o.Streams.In)
	switch {
	case err != nil:
		return nil, err
	case len(findings) > 0:
		return nil, fmt.Errorf("%s:%d:%d: %s", findings[0].File, findings[0].Line, findings[0].Column, findings[0].Message)
	}
	var all []enabling.Wish
	for _, d := range documents {
		wish, err := wishOf(d.Object)
		if err != nil {
			return nil, err
		}
		if o.Status != nil {
			wish.Status = o.Status
		}
		all = append(all, wish)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no type is in the files")
	}
	return all, nil
}

// wishOf reads an EnableTypeDirective, which is named after the type, or a FederatedTypeConfig.
func wishOf(object *unstructured.Unstructured) (enabling.Wish, error) {
	switch object.GetKind() {
	case "EnableTypeDirective":
		field := func(name string) string {
			value, _, _ := unstructured.NestedString(object.Object, "spec", name)
			return value
		}
		return enabling.Wish{
			Name: object.GetName(), Version: field("targetVersion"),
			FederatedGroup: field("federatedGroup"), FederatedVersion: field("federatedVersion"),
		}, nil
	case "FederatedTypeConfig":
		var config v1beta1.FederatedTypeConfig
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &config); err != nil {
			return enabling.Wish{}, fmt.Errorf("FederatedTypeConfig %s: %w", object.GetName(), err)
		}
		return wishOfConfig(&config)
	}
	return enabling.Wish{}, fmt.Errorf("%s %s is no EnableTypeDirective and no FederatedTypeConfig", object.GetKind(), object.GetName())
}

// wishOfConfig has the type enabled as the FederatedTypeConfig says. What enabling can't do otherwise than it does,
// such as another name for the federated kind, is refused.
func wishOfConfig(config *v1beta1.FederatedTypeConfig) (enabling.Wish, error) {
	t := federation.TypeOf(config)
	wish := enabling.Wish{
		Name: t.Target.Plural + "." + t.Target.Group, Version: t.Target.Version,
		FederatedGroup: t.Federated.Group, FederatedVersion: t.Federated.Version,
	}
	if usual := federation.NewType(t.Target, t.Federated.Group, t.Federated.Version); usual.Federated != t.Federated {
		return wish, fmt.Errorf("FederatedTypeConfig %s: the federated kind of %s is called %s, and not %s",
			config.Name, t.Target.Kind, usual.Federated.Kind, t.Federated.Kind)
	}
	if config.Spec.StatusCollection != nil {
		on := config.GetStatusEnabled()
		wish.Status = &on
	}
	return wish, nil
}
