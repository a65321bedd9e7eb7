package controlplane

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
)

// webhookStage is the stage that makes the webhook answer.
const webhookStage = "webhook"

// Stage is a step of the installation: its objects are sent, and then something is waited for.
type Stage struct {
	Name    string
	Objects []*unstructured.Unstructured

	wait func(*installation) waiter // nil for nothing to wait for
}

// Plan is the whole control plane, in the order in which it is made.
type Plan struct {
	Request
	Stages []Stage
}

// New plans a control plane.
func New(r Request) (Plan, error) {
	definitions, err := coreCRDs()
	if err != nil {
		return Plan{}, err
	}
	var configs []*unstructured.Unstructured
	for _, t := range r.Types {
		definition, config := r.typeObjects(t)
		definitions, configs = append(definitions, definition), append(configs, config)
	}
	p := Plan{Request: r}
	for _, stage := range []struct {
		name    string
		typed   []runtime.Object
		objects []*unstructured.Unstructured
		wait    func(*installation) waiter
	}{
		{"namespace", []runtime.Object{r.namespace()}, nil, nil},
		{"APIs", nil, definitions, (*installation).established},
		{"rights", r.rights(), nil, nil},
		{webhookStage, r.webhookObjects(), nil, (*installation).webhookAnswers},
		{"webhook configurations", r.webhookConfigurations(), nil, nil},
		{"configuration", []runtime.Object{r.config()}, nil, nil},
		{"types", nil, configs, nil},
		{"controllers", []runtime.Object{r.manager()}, nil, (*installation).controllersRun},
	} {
		for _, typed := range stage.typed {
			object, err := untyped(typed)
			if err != nil {
				return Plan{}, err
			}
			stage.objects = append(stage.objects, object)
		}
		p.Stages = append(p.Stages, Stage{stage.name, stage.objects, stage.wait})
	}
	return p, nil
}

// Objects are those of all stages, in order.
func (p Plan) Objects() []*unstructured.Unstructured {
	var objects []*unstructured.Unstructured
	for _, stage := range p.Stages {
		objects = append(objects, stage.Objects...)
	}
	return objects
}

func (r Request) namespace() runtime.Object {
	return &corev1.Namespace{TypeMeta: kind("v1", "Namespace"), ObjectMeta: metav1.ObjectMeta{Name: r.Namespace}}
}

// webhookObjects are what the webhook needs to run. Its Secret comes before its pods, which could not start.
func (r Request) webhookObjects() []runtime.Object {
	objects := r.services()
	if len(r.Certificate.Key) > 0 {
		objects = append(objects, r.certificateSecret())
	}
	return append(objects, r.webhook())
}

func (r Request) certificateSecret() runtime.Object {
	return &corev1.Secret{
		TypeMeta: kind("v1", "Secret"), ObjectMeta: r.meta(servingSecret), Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{
			corev1.TLSCertKey: r.Certificate.Serving, corev1.TLSPrivateKeyKey: r.Certificate.Key,
			corev1.ServiceAccountRootCAKey: r.Certificate.Authorities,
		},
	}
}

func (r Request) config() runtime.Object {
	return &v1beta1.KubeFedConfig{TypeMeta: kind(coreGroup+"/v1beta1", "KubeFedConfig"), ObjectMeta: r.meta(configName), Spec: r.Config}
}

// untyped is an object as it is sent and printed, with our labels and without the fields that only a server fills
// in.
func untyped(object runtime.Object) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("making a %s: %w", object.GetObjectKind().GroupVersionKind().Kind, err)
	}
	u := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(content, "status")
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	unstructured.RemoveNestedField(content, "spec", "template", "metadata", "creationTimestamp")
	mark(u)
	return u, nil
}
