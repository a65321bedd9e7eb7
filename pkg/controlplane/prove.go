package controlplane

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Names of the proof: a webhook configuration that stands for a moment, and its two webhooks.
const (
	proofName    = "proof.kubectl-fed.io"
	proofLabel   = "kubectl-fed.io/proof"
	proofAnswer  = "answers." + proofName
	proofStarted = "started." + proofName
)

// webhookAnswers waits until the webhook's pods run and the API server gets an answer from them that it trusts. The
// proof is left out where nothing has changed since the API server was told to ask it.
func (i *installation) webhookAnswers() waiter {
	runs := i.rollout(webhookName)
	if !i.changed && bytes.Equal(i.found.Trusted, i.Certificate.Authorities) {
		return runs
	}
	return inTurn(runs, i.proven)
}

// proven lets the API server itself call the webhook with the certificate in question, before it is told to do so
// for everybody: a webhook configuration is made that is about one ConfigMap alone, which is sent as a dry run.
// The webhook lets pass all that is not KubeFed's.
//
// The API server takes a moment to notice a configuration, and asks nobody before. So there is a second webhook in
// it that can't be called: once the API server fails at that, it knows both.
func (i *installation) proven(ctx context.Context) (why string, err error) {
	if !i.proving {
		object, err := untyped(i.proof())
		if err != nil {
			return "", err
		}
		i.proving = true
		if _, err := i.send(ctx, resourceFor(i.Client, object), object); err != nil {
			return "", about(object, err)
		}
	}
	started := i.ask(ctx, "started")
	if ctx.Err() == nil && (started == nil || !strings.Contains(started.Error(), proofStarted)) {
		return "the API server does not ask the webhook yet", nil
	}
	answers := i.ask(ctx, "answers")
	switch {
	case answers == nil:
		return "", nil
	case ctx.Err() != nil: // it says nothing about the webhook
		return "", failedRequest("asking the webhook", answers)
	}
	return plainCall(answers), nil
}

// ask sends a ConfigMap that one of the two webhooks is about.
func (i *installation) ask(ctx context.Context, webhook string) error {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{
			"generateName": "kubectl-fed-proof-", "namespace": i.Namespace, "labels": map[string]any{proofLabel: webhook},
		},
	}}
	_, err := i.Client.Resource(configMaps).Namespace(i.Namespace).Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

func (i *installation) proof() *admissionv1.ValidatingWebhookConfiguration {
	nowhere := i.clientConfig("/")
	nowhere.Service = &admissionv1.ServiceReference{Namespace: i.Namespace, Name: "kubectl-fed-none"}
	return &admissionv1.ValidatingWebhookConfiguration{
		TypeMeta: kind(admissionVersion, "ValidatingWebhookConfiguration"), ObjectMeta: metav1.ObjectMeta{Name: proofName},
		Webhooks: []admissionv1.ValidatingWebhook{
			i.proofWebhook(proofAnswer, "answers", i.clientConfig("/validate-kubefedcluster")),
			i.proofWebhook(proofStarted, "started", nowhere),
		},
	}
}

// proofWebhook is about ConfigMaps in KubeFed's namespace with a label that only the proof's have.
func (i *installation) proofWebhook(name, label string, to admissionv1.WebhookClientConfig) admissionv1.ValidatingWebhook {
	fail, none, seconds := admissionv1.Fail, admissionv1.SideEffectClassNone, int32(3)
	return admissionv1.ValidatingWebhook{
		Name: name, ClientConfig: to, AdmissionReviewVersions: []string{"v1"}, TimeoutSeconds: &seconds,
		FailurePolicy: &fail, SideEffects: &none,
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: i.Namespace}},
		ObjectSelector:    &metav1.LabelSelector{MatchLabels: map[string]string{proofLabel: label}},
		Rules: []admissionv1.RuleWithOperations{{
			Operations: []admissionv1.OperationType{admissionv1.Create},
			Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
		}},
	}
}

// withdrawTimeout bounds the removal of the proof, also after the user interrupted.
const withdrawTimeout = 5 * time.Second

// withdraw ends the proof.
func (i *installation) withdraw(ctx context.Context) {
	if !i.proving {
		return
	}
	i.proving = false
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawTimeout)
	defer cancel()
	// what is left over is about nothing but the proof's ConfigMaps, and the next run uses it
	_ = i.Client.Resource(validations).Delete(ctx, proofName, metav1.DeleteOptions{})
}

// plainCall shortens the API server's words about a webhook that it did not get through to.
func plainCall(err error) string {
	text := err.Error()
	if !isCallFailure(err) || apierrors.IsForbidden(err) {
		return text
	}
	if _, cause, ok := strings.Cut(text, `?timeout=3s": `); ok {
		text = cause
	}
	return fmt.Sprintf("the API server does not get through to %s: %s", webhookName, text)
}
