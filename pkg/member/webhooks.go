package member

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Webhook is one whom a member asks about writes.
type Webhook struct {
	Configuration string // as RESOURCE/NAME
	Name          string
	Operations    []string // CREATE, UPDATE, DELETE or *
}

// webhookAPIs are the configurations by which a cluster asks others about writes.
var webhookAPIs = []federation.API{
	{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "MutatingWebhookConfiguration", Plural: "mutatingwebhookconfigurations"},
	{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingWebhookConfiguration", Plural: "validatingwebhookconfigurations"},
}

// Webhooks are those that the member asks about writes of an API in a namespace, which for a Namespace is itself.
func (c *Client) Webhooks(ctx context.Context, of federation.API, namespace string) ([]Webhook, error) {
	space, err := get(ctx, c.Dynamic.Resource(namespaces), namespace)
	if err != nil {
		return nil, Plain(err)
	}
	var asked []Webhook
	for _, api := range webhookAPIs {
		found, err := c.List(ctx, api, "")
		if err != nil {
			return nil, Plain(err)
		}
		for _, one := range found {
			asked = append(asked, webhooksOf(one, api.Plural+"/"+one.GetName(), of, space)...)
		}
	}
	return asked, nil
}

// webhookContent is what counts here of a configuration.
type webhookContent struct {
	Webhooks []struct {
		Name              string                `json:"name"`
		NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
		Rules             []struct {
			Operations []string `json:"operations"`
			APIGroups  []string `json:"apiGroups"`
			Resources  []string `json:"resources"`
		} `json:"rules"`
	} `json:"webhooks"`
}

func webhooksOf(configuration *unstructured.Unstructured, called string, of federation.API, space *unstructured.Unstructured) []Webhook {
	var content webhookContent
	if runtime.DefaultUnstructuredConverter.FromUnstructured(configuration.Object, &content) != nil {
		return nil
	}
	var asked []Webhook
	for _, w := range content.Webhooks {
		for _, rule := range w.Rules {
			if has(rule.APIGroups, of.Group) && has(rule.Resources, of.Plural) && selects(w.NamespaceSelector, space) {
				asked = append(asked, Webhook{called, w.Name, rule.Operations})
			}
		}
	}
	return asked
}

// selects tells whether a selector takes a namespace; where either is not known it may.
func selects(selector *metav1.LabelSelector, space *unstructured.Unstructured) bool {
	if selector == nil || space == nil {
		return true
	}
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err != nil || s.Matches(labels.Set(space.GetLabels()))
}

func has(list []string, word string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return one == "*" || one == word || one == "*/*" })
}
