package joining

import (
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
)

// Request is what a join is planned from.
type Request struct {
	Cluster    string // the member's name in the federation
	Host       string // the host's name, part of the objects' names; see HostName
	HostUID    string // of the host's namespace kube-system
	UID        string // of the member's namespace kube-system
	Namespace  string // KubeFed's
	Namespaced bool   // KubeFed is limited to that namespace
	Renew      bool   // the member is to issue a new token
	// Account and Secret are the names of the service account in the member and of the Secret in the host when
	// an earlier join chose others than we do: kubefedctl, or a host that was called otherwise then.
	Account, Secret string
	Registration
}

// Registration is what KubeFed's controllers are told about the member.
type Registration struct {
	Endpoint string
	CA       []byte // PEM; none for an insecure one
	Proxy    string
	Insecure bool // the controllers are to check no certificate
	Labels   map[string]string
}

// Plan is what a join makes: objects in the member, then, with the token that the member issues, objects in
// the host. The order is that in which they are made.
type Plan struct {
	Request
	Member []runtime.Object
}

// New plans the join of a cluster. KubeFed's controllers get every right that its scope has room for, as with
// kubefedctl: they have to write whatever type is federated, roles included.
func New(r Request) Plan {
	automount := false
	objects := []runtime.Object{
		&corev1.Namespace{TypeMeta: kind("v1", "Namespace"), ObjectMeta: metav1.ObjectMeta{Name: r.Namespace}},
		&corev1.ServiceAccount{
			TypeMeta: kind("v1", "ServiceAccount"), ObjectMeta: r.meta(r.account(), r.Namespace),
			AutomountServiceAccountToken: &automount,
		},
	}
	objects = append(objects, r.roles()...)
	return Plan{Request: r, Member: append(objects, r.tokenSecret())}
}

// account is the name of the service account in the member, and of its token's Secret.
func (r Request) account() string {
	if r.Account != "" {
		return r.Account
	}
	return strings.ToLower(r.Cluster + "-" + r.Host)
}

// hostSecret is the name of the Secret in the host. It is fixed, so that a second run does not make a second
// one, and it isn't the account's, since the host may be a member of itself.
func (r Request) hostSecret() string {
	if r.Secret != "" {
		return r.Secret
	}
	return r.account() + "-token"
}

// tokenSecret asks the member for a token that does not end: that of a Secret, which every server version
// fills in when asked by this annotation.
func (r Request) tokenSecret() *corev1.Secret {
	meta := r.meta(r.account(), r.Namespace)
	meta.Annotations[corev1.ServiceAccountNameKey] = r.account()
	return &corev1.Secret{TypeMeta: kind("v1", "Secret"), ObjectMeta: meta, Type: corev1.SecretTypeServiceAccountToken}
}

// HostObjects are the objects in the host, in the order in which they are made: the Secret with the token, then
// the registration, from which on the controllers use both.
func (p Plan) HostObjects(t Token) []runtime.Object {
	return []runtime.Object{p.secret(t), p.kubefedCluster(t)}
}

func (p Plan) secret(t Token) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta: kind("v1", "Secret"), ObjectMeta: p.meta(p.hostSecret(), p.Namespace),
		Type: corev1.SecretTypeOpaque, Data: map[string][]byte{"token": t.value},
	}
}

func (p Plan) kubefedCluster(t Token) *v1beta1.KubeFedCluster {
	meta := p.meta(p.Cluster, p.Namespace)
	meta.Annotations[TokenAnnotation] = t.uid
	labels := maps.Clone(p.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, meta.Labels)
	meta.Labels = labels
	c := &v1beta1.KubeFedCluster{
		TypeMeta: kind("core.kubefed.io/v1beta1", "KubeFedCluster"), ObjectMeta: meta,
		Spec: v1beta1.KubeFedClusterSpec{
			APIEndpoint: p.Endpoint, CABundle: p.CA, ProxyURL: p.Proxy,
			SecretRef: v1beta1.LocalSecretReference{Name: p.hostSecret()},
		},
	}
	if p.Insecure {
		c.Spec.CABundle, c.Spec.DisabledTLSValidations = nil, []v1beta1.TLSValidation{v1beta1.TLSAll}
	}
	return c
}
