package joining

import (
	"errors"
	"fmt"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Wishes are what the user may want otherwise than it would be chosen.
type Wishes struct {
	Endpoint string // Internal, Kubeconfig or a URL
	Proxy    string // for the controllers; "" for that of the kubeconfig, unless it is this machine's own
	Insecure bool   // register a cluster whose certificate the controllers shall not check
}

// carry decides what of a kubeconfig entry's settings KubeFed can be told. The note says what is left out; what
// can neither be carried nor left out is an error.
func carry(cluster clientcmdapi.Cluster, w Wishes) (proxy, note string, err error) {
	proxy = cluster.ProxyURL
	switch {
	case w.Proxy != "":
		proxy = w.Proxy
	case isLoopback(proxy):
		note = fmt.Sprintf("not carried: proxy-url %s is this machine's own (--proxy-url for another)", proxy)
		proxy = ""
	}
	if proxy != "" && w.Insecure {
		return "", "", errors.New("KubeFed uses no proxy for a cluster whose certificate it doesn't check")
	}
	return proxy, note, nil
}

// Explain adds to a failed proof what the kubeconfig does that KubeFed can't, or may not unasked.
func (m *Met) Explain(err error) error {
	switch {
	case m.settings.InsecureSkipTLSVerify:
		err = fmt.Errorf("the kubeconfig skips the check of its certificate, which is not carried over unasked: %w", err)
		return hint.Add(err, "kubectl fed join %s --insecure", m.Name)
	case m.settings.TLSServerName != "":
		return fmt.Errorf("the kubeconfig has a tls-server-name, which KubeFed does not know: %w", err)
	}
	return err
}
