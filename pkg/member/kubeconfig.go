package member

import (
	"context"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig is what another program needs to reach a member, with the namespace that it starts in. Where a context
// of the user's leads there, only that context is in it: whose cluster and user it means is in the user's own
// files, which have to be read after it, and no credential leaves them. Alone says that it needs no other file: it
// then has KubeFed's credentials.
func (h *Host) Kubeconfig(ctx context.Context, m Member, namespace string) (config *clientcmdapi.Config, alone bool, err error) {
	config = clientcmdapi.NewConfig()
	if name := h.ContextOf(m); name != "" {
		theirs := h.contexts.Contexts[name]
		config.CurrentContext = name
		config.Contexts[name] = &clientcmdapi.Context{Cluster: theirs.Cluster, AuthInfo: theirs.AuthInfo, Namespace: namespace}
		return config, false, nil
	}
	way, err := h.credentials(ctx, m)
	if err != nil {
		return nil, false, err
	}
	config.CurrentContext = m.Name
	config.Clusters[m.Name] = &clientcmdapi.Cluster{
		Server: way.Host, CertificateAuthorityData: way.CAData, InsecureSkipTLSVerify: way.Insecure, TLSServerName: way.ServerName,
	}
	config.AuthInfos[m.Name] = &clientcmdapi.AuthInfo{Token: way.BearerToken}
	config.Contexts[m.Name] = &clientcmdapi.Context{Cluster: m.Name, AuthInfo: m.Name, Namespace: namespace}
	return config, true, nil
}
