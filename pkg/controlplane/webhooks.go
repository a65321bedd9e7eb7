package controlplane

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const admissionVersion = "admissionregistration.k8s.io/v1"

// webhookConfigurations make the API server ask the webhook. While it does not answer, nothing of what it is asked
// about can be written, so they are sent when it does.
func (r Request) webhookConfigurations() []runtime.Object {
	return []runtime.Object{
		&admissionv1.ValidatingWebhookConfiguration{
			TypeMeta: kind(admissionVersion, "ValidatingWebhookConfiguration"), ObjectMeta: metav1.ObjectMeta{Name: r.hookName("validations")},
			Webhooks: []admissionv1.ValidatingWebhook{
				r.validating("federatedtypeconfigs", "/validate-federatedtypeconfigs", true),
				r.validating("kubefedclusters", "/validate-kubefedcluster", true),
				r.validating("kubefedconfigs", "/validate-kubefedconfig", false),
			},
		},
		&admissionv1.MutatingWebhookConfiguration{
			TypeMeta: kind(admissionVersion, "MutatingWebhookConfiguration"), ObjectMeta: metav1.ObjectMeta{Name: r.hookName("mutation")},
			Webhooks: []admissionv1.MutatingWebhook{r.mutating()},
		},
	}
}

// hookName is the chart's name of a webhook configuration.
func (r Request) hookName(what string) string {
	name := what + "." + coreGroup
	if r.Namespaced() {
		name += "-" + r.Namespace
	}
	return name
}

func (r Request) validating(resource, path string, status bool) admissionv1.ValidatingWebhook {
	resources := []string{resource}
	if status {
		resources = append(resources, resource+"/status")
	}
	fail, none := admissionv1.Fail, admissionv1.SideEffectClassNone
	return admissionv1.ValidatingWebhook{
		Name: resource + "." + coreGroup, ClientConfig: r.clientConfig(path), AdmissionReviewVersions: []string{"v1"},
		Rules:         []admissionv1.RuleWithOperations{ruleFor(resources, admissionv1.Create, admissionv1.Update)},
		FailurePolicy: &fail, SideEffects: &none, NamespaceSelector: r.selector(),
	}
}

func (r Request) mutating() admissionv1.MutatingWebhook {
	fail, none := admissionv1.Fail, admissionv1.SideEffectClassNone
	return admissionv1.MutatingWebhook{
		Name: "kubefedconfigs." + coreGroup, ClientConfig: r.clientConfig("/default-kubefedconfig"), AdmissionReviewVersions: []string{"v1"},
		Rules:         []admissionv1.RuleWithOperations{ruleFor([]string{"kubefedconfigs"}, admissionv1.Create)},
		FailurePolicy: &fail, SideEffects: &none, NamespaceSelector: r.selector(),
	}
}

func ruleFor(resources []string, operations ...admissionv1.OperationType) admissionv1.RuleWithOperations {
	return admissionv1.RuleWithOperations{
		Operations: operations,
		Rule:       admissionv1.Rule{APIGroups: []string{coreGroup}, APIVersions: []string{"v1beta1"}, Resources: resources},
	}
}

// selector limits a webhook to KubeFed's namespace, where several control planes may share the cluster. Every
// namespace has this label; the chart's, "name", is there only when helm made the namespace.
func (r Request) selector() *metav1.LabelSelector {
	if !r.Namespaced() {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: r.Namespace}}
}

func (r Request) clientConfig(path string) admissionv1.WebhookClientConfig {
	return admissionv1.WebhookClientConfig{
		Service:  &admissionv1.ServiceReference{Namespace: r.Namespace, Name: webhookName, Path: &path},
		CABundle: r.Certificate.Authorities,
	}
}
