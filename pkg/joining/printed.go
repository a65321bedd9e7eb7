package joining

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Printed are the plan's objects for somebody who applies them by other means: those of the member, then those
// of the host. The token is not there yet, so its Secret says in plain text where it is to be found.
func (p Plan) Printed() (inMember, inHost []*unstructured.Unstructured, err error) {
	secret, cluster := p.secret(Token{}), p.kubefedCluster(Token{})
	secret.Data = nil
	secret.StringData = map[string]string{corev1.ServiceAccountTokenKey: "<the token in Secret " + p.account() + " of " + p.Cluster + ">"}
	delete(cluster.Annotations, TokenAnnotation)
	if inMember, err = allUnstructured(p.Member); err != nil {
		return nil, nil, err
	}
	inHost, err = allUnstructured([]runtime.Object{secret, cluster})
	return inMember, inHost, err
}

func allUnstructured(objects []runtime.Object) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, object := range objects {
		u, err := Unstructured(object)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}
