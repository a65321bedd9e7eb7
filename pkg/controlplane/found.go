package controlplane

import (
	"context"
	"encoding/base64"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

var (
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	secrets     = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	pods        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	validations = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
	configs     = schema.GroupVersionResource{Group: coreGroup, Version: "v1beta1", Resource: "kubefedconfigs"}
	typeConfigs = schema.GroupVersionResource{Group: coreGroup, Version: "v1beta1", Resource: "federatedtypeconfigs"}
)

// Found is what a cluster has of a control plane, as far as decisions depend on it. The zero value is a cluster
// that has nothing.
type Found struct {
	Image    string // of the controller manager
	Replicas int64  // of the controller manager; 0 for none
	Config   *v1beta1.KubeFedConfigSpec
	Types    map[string]bool // names of the FederatedTypeConfigs
	// Certificate is the webhook's, as its Secret has it; helm leaves the authority out.
	Certificate Certificate
	Trusted     []byte // the authorities by which the API server knows the webhook
	// Keeper is who else renews that certificate; "" for nobody.
	Keeper   string
	Releases []Release // of KubeFed's chart
	// Elsewhere is the namespace of another control plane that has the whole cluster; "" for none.
	Elsewhere string
}

// Look finds out what a cluster has of a control plane. secret is the name of the Secret with the webhook's
// certificate, "" for the usual one.
func Look(ctx context.Context, client dynamic.Interface, namespace, secret string) (Found, error) {
	l := look{ctx: ctx, client: client, namespace: namespace}
	manager := l.get(deployments, managerName)
	config := l.get(configs, configName)
	types := l.list(typeConfigs, metav1.ListOptions{})
	held := l.get(secrets, Request{Secret: secret}.secret())
	hooks := l.hooks()
	releases := l.list(secrets, metav1.ListOptions{LabelSelector: "owner=helm"})
	if l.err != nil {
		return Found{}, l.err
	}
	f := Found{Types: map[string]bool{}, Certificate: certificateIn(held)}
	f.readManager(manager)
	for _, t := range types {
		f.Types[t.GetName()] = true
	}
	f.readHooks(hooks, namespace)
	if held != nil && held.GetAnnotations()["cert-manager.io/certificate-name"] != "" {
		f.Keeper = "cert-manager"
	}
	f.Releases = releasesIn(releases)
	return f, f.readConfig(config)
}

// look reads objects until the first error.
type look struct {
	ctx       context.Context
	client    dynamic.Interface
	namespace string
	err       error
}

// get reads one object of KubeFed's namespace; nil when it is not there, or its kind is not served.
func (l *look) get(resource schema.GroupVersionResource, name string) *unstructured.Unstructured {
	if l.err != nil {
		return nil
	}
	return l.have(resource.Resource+" "+name, func() (*unstructured.Unstructured, error) {
		return l.client.Resource(resource).Namespace(l.namespace).Get(l.ctx, name, metav1.GetOptions{})
	})
}

func (l *look) have(what string, get func() (*unstructured.Unstructured, error)) *unstructured.Unstructured {
	found, err := get()
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		l.err = fmt.Errorf("reading %s: %w", what, member.Plain(err))
		return nil
	}
	return found
}

func (l *look) list(resource schema.GroupVersionResource, options metav1.ListOptions) []unstructured.Unstructured {
	if l.err != nil {
		return nil
	}
	list, err := l.client.Resource(resource).Namespace(l.namespace).List(l.ctx, options)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		l.err = fmt.Errorf("listing %s: %w", resource.Resource, member.Plain(err))
		return nil
	}
	return list.Items
}

// hooks are the webhook configurations, of a control plane that has the whole cluster and of one that has its
// namespace only.
func (l *look) hooks() (found []*unstructured.Unstructured) {
	for _, scope := range []v1beta1.KubeFedConfigSpec{{Scope: Cluster}, {Scope: Namespaced}} {
		name := Request{Namespace: l.namespace, Config: scope}.hookName("validations")
		if l.err != nil {
			return nil
		}
		hook := l.have(name, func() (*unstructured.Unstructured, error) {
			return l.client.Resource(validations).Get(l.ctx, name, metav1.GetOptions{})
		})
		if hook != nil {
			found = append(found, hook)
		}
	}
	return found
}

func (f *Found) readManager(manager *unstructured.Unstructured) {
	if manager == nil {
		return
	}
	f.Replicas, _, _ = unstructured.NestedInt64(manager.Object, "spec", "replicas")
	containers, _, _ := unstructured.NestedSlice(manager.Object, "spec", "template", "spec", "containers")
	for _, c := range containers {
		if container, ok := c.(map[string]any); ok && container["name"] == "controller-manager" {
			f.Image, _ = container["image"].(string)
		}
	}
}

func (f *Found) readConfig(config *unstructured.Unstructured) error {
	if config == nil {
		return nil
	}
	var read v1beta1.KubeFedConfig
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(config.Object, &read); err != nil {
		return fmt.Errorf("reading KubeFedConfig %s: %w", configName, err)
	}
	f.Config = &read.Spec
	return nil
}

// readHooks finds whom the API server trusts as webhook, and whose webhook it asks.
func (f *Found) readHooks(hooks []*unstructured.Unstructured, namespace string) {
	for _, hook := range hooks {
		list, _, _ := unstructured.NestedSlice(hook.Object, "webhooks")
		for _, w := range list {
			webhook, ok := w.(map[string]any)
			if !ok {
				continue
			}
			if of, _, _ := unstructured.NestedString(webhook, "clientConfig", "service", "namespace"); of != "" && of != namespace {
				f.Elsewhere = of
				return
			}
			text, _, _ := unstructured.NestedString(webhook, "clientConfig", "caBundle")
			if bundle, err := base64.StdEncoding.DecodeString(text); err == nil && len(bundle) > 0 {
				f.Trusted = bundle
			}
		}
	}
}

// certificateIn reads the Secret of a webhook's certificate.
func certificateIn(secret *unstructured.Unstructured) Certificate {
	if secret == nil {
		return Certificate{}
	}
	part := func(key string) []byte {
		text, _, _ := unstructured.NestedString(secret.Object, "data", key)
		data, _ := base64.StdEncoding.DecodeString(text)
		return data
	}
	return Certificate{
		Authorities: part(corev1.ServiceAccountRootCAKey), Serving: part(corev1.TLSCertKey), Key: part(corev1.TLSPrivateKeyKey),
	}
}
