// Package joining makes a cluster a member of a federation: it plans, as a value, the objects that a join
// makes in the member and in the host, and applies the plan. Every step may be repeated: a join that was
// interrupted anywhere is finished by running it again.
package joining

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
)

// Labels and annotations on every object that a join makes, by which it is found again whatever the contexts
// are called that day.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	ManagedBy      = "kubectl-fed"
	ClusterLabel   = "kubectl-fed.io/cluster"
	HostAnnotation = "kubectl-fed.io/host"
	UIDAnnotation  = "kubectl-fed.io/kube-system-uid"
)

// Request is what a join is planned from.
type Request struct {
	Cluster   string // the member's name in the federation
	Host      string // the host's name, part of the objects' names; see HostName
	Namespace string // KubeFed's
	Endpoint  string // where the controllers reach the member
	CA        []byte // PEM, of the member
	UID       string // of the member's namespace kube-system
}

// Plan is what a join makes: objects in the member, then, with the token that the member issues, objects in
// the host. The order is that in which they are made.
type Plan struct {
	Request
	Member []runtime.Object
}

// HostName is how the host cluster is called in the names of objects: its context's name where that may be
// part of a name, else a hash of it. The same name has to be given to kubefedctl as --host-cluster-name.
func HostName(context string) string {
	if len(validation.IsDNS1123Label(context)) == 0 {
		return context
	}
	sum := sha256.Sum256([]byte(context))
	return "host-" + hex.EncodeToString(sum[:])[:10]
}

// New plans the join of a cluster. KubeFed's controllers get every right in it, as with kubefedctl: they
// have to write whatever type is federated, roles included.
func New(r Request) Plan {
	name, role := r.account(), "kubefed-controller-manager:"+r.account()
	automount := false
	subject := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Name: name, Namespace: r.Namespace}
	return Plan{Request: r, Member: []runtime.Object{
		&corev1.Namespace{TypeMeta: kind("v1", "Namespace"), ObjectMeta: metav1.ObjectMeta{Name: r.Namespace}},
		&corev1.ServiceAccount{TypeMeta: kind("v1", "ServiceAccount"), ObjectMeta: r.meta(name, r.Namespace), AutomountServiceAccountToken: &automount},
		&rbacv1.ClusterRole{
			TypeMeta: kind("rbac.authorization.k8s.io/v1", "ClusterRole"), ObjectMeta: r.meta(role, ""),
			Rules: []rbacv1.PolicyRule{
				{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
				{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}},
			},
		},
		&rbacv1.ClusterRoleBinding{
			TypeMeta: kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"), ObjectMeta: r.meta(role, ""),
			Subjects: []rbacv1.Subject{subject},
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		},
		r.tokenSecret(),
	}}
}

// account is the name of the service account in the member, and of its token's Secret.
func (r Request) account() string { return strings.ToLower(r.Cluster + "-" + r.Host) }

// tokenSecret asks the member for a token that does not end: that of a Secret, which every server version
// fills in when asked by this annotation.
func (r Request) tokenSecret() *corev1.Secret {
	meta := r.meta(r.account(), r.Namespace)
	meta.Annotations[corev1.ServiceAccountNameKey] = r.account()
	return &corev1.Secret{TypeMeta: kind("v1", "Secret"), ObjectMeta: meta, Type: corev1.SecretTypeServiceAccountToken}
}

// Secret is the Secret in the host with the token for the member. Its name is fixed, so that a second run
// does not make a second one, and it isn't the account's, since the host may be a member of itself.
func (p Plan) Secret(token []byte) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta: kind("v1", "Secret"), ObjectMeta: p.meta(p.account()+"-token", p.Namespace),
		Type: corev1.SecretTypeOpaque, Data: map[string][]byte{"token": token},
	}
}

// KubeFedCluster registers the member in the host. It is made last: from then on the controllers use it.
func (p Plan) KubeFedCluster() *v1beta1.KubeFedCluster {
	return &v1beta1.KubeFedCluster{
		TypeMeta: kind("core.kubefed.io/v1beta1", "KubeFedCluster"), ObjectMeta: p.meta(p.Cluster, p.Namespace),
		Spec: v1beta1.KubeFedClusterSpec{
			APIEndpoint: p.Endpoint, CABundle: p.CA,
			SecretRef: v1beta1.LocalSecretReference{Name: p.account() + "-token"},
		},
	}
}

func kind(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}

func (r Request) meta(name, namespace string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: name, Namespace: namespace,
		Labels:      map[string]string{ManagedByLabel: ManagedBy, ClusterLabel: r.Cluster},
		Annotations: map[string]string{HostAnnotation: r.Host, UIDAnnotation: r.UID},
	}
}
