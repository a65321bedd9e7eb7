package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// SelfContained is the part of a kubeconfig that one context needs, with server for its server and the contents
// of all files that it names: certificates, keys and tokens. The context is the current one.
func SelfContained(all clientcmdapi.Config, context, server string) (clientcmdapi.Config, error) {
	one := all.DeepCopy()
	one.CurrentContext = context
	if err := clientcmdapi.MinifyConfig(one); err != nil {
		return clientcmdapi.Config{}, fmt.Errorf("context %s: %w", context, withoutContents(err))
	}
	if err := clientcmdapi.FlattenConfig(one); err != nil {
		return clientcmdapi.Config{}, fmt.Errorf("context %s: %w", context, withoutContents(err))
	}
	for _, cluster := range one.Clusters {
		cluster.Server = server
	}
	return *one, inlineTokens(one)
}

// inlineTokens puts the tokens in the place of the files that hold them, which FlattenConfig leaves.
func inlineTokens(config *clientcmdapi.Config) error {
	for _, user := range config.AuthInfos {
		if user.TokenFile == "" {
			continue
		}
		token, err := os.ReadFile(user.TokenFile)
		if err != nil {
			return fmt.Errorf("reading a token: %w", err)
		}
		user.Token, user.TokenFile = strings.TrimSpace(string(token)), "" // as client-go reads it
	}
	return nil
}

// Export writes a kubeconfig that only its owner may read, in one step. It replaces an earlier export, that is
// a kubeconfig with the same context and no other, and nothing else.
func Export(path string, config clientcmdapi.Config) error {
	data, err := clientcmd.Write(config)
	if err != nil {
		return err
	}
	if err := replaceable(path, config.CurrentContext); err != nil {
		return err
	}
	sweepTemporaries(path)
	return filesNamed([]string{path})[0].replace(data, nil)
}

// replaceable is nil where nothing is, and for an earlier export of the same context. It says otherwise why a
// file has to stay.
func replaceable(path, context string) error {
	earlier, err := clientcmd.LoadFromFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || len(earlier.Contexts) != 1 || earlier.Contexts[context] == nil:
		return fmt.Errorf("%s is there and is no export of the context %s: move it away, or export elsewhere", path, context)
	}
	return nil
}
