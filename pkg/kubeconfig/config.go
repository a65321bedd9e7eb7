package kubeconfig

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Config is a loaded kubeconfig: the cluster entries that count after merging,
// each with the file that owns it.
type Config struct {
	entries []Entry
}

// Entry is one cluster entry of a kubeconfig.
type Entry struct {
	// Name is the entry's name, kind-NAME for an entry that kind wrote.
	Name string
	// Server is the URL of the API server as it is written.
	Server string
	// ServerName is tls-server-name: when set, clients check the certificate
	// against it and not against the server's host.
	ServerName string
	// CA holds the certificate authority in PEM, from the entry's data or from
	// the file that it names; nil where the entry has none or CAError is set.
	CA []byte
	// CAError says why the named certificate-authority file can't be read.
	CAError error
	// File is the file that owns the entry, as it is spelled in $KUBECONFIG.
	File string
	// Shadowed are the further files that define an entry of this name, in the
	// order of the chain. Clients never look at those.
	Shadowed []string
	// Contexts are the names of the contexts that use the entry, sorted.
	Contexts []string
}

// Load reads the kubeconfig that access describes: the explicit file, which has
// to exist, or the merged chain, of which any file may be missing. An entry whose
// CA file can't be read is no error, since the other entries are still of use.
// A file that another program is writing at that moment is read when it is done.
// Errors name the file and hold no part of its contents.
func Load(access clientcmd.ConfigAccess) (*Config, error) {
	if access.IsExplicitFile() {
		// client-go would take a missing explicit file for an empty one.
		if _, err := os.Stat(access.GetExplicitFile()); err != nil {
			return nil, fmt.Errorf("reading kubeconfig: %w", err)
		}
	}
	var raw *clientcmdapi.Config
	err := steadily(access.GetLoadingPrecedence(), func() (err error) {
		raw, err = access.GetStartingConfig()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig: %w", withoutContents(err))
	}
	config := &Config{}
	for name, cluster := range raw.Clusters {
		if cluster != nil {
			config.entries = append(config.entries, newEntry(name, cluster, raw))
		}
	}
	slices.SortFunc(config.entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	config.findShadowed(access)
	return config, nil
}

// Entries returns the cluster entries sorted by name.
func (c *Config) Entries() []Entry {
	return slices.Clone(c.entries)
}

func newEntry(name string, cluster *clientcmdapi.Cluster, raw *clientcmdapi.Config) Entry {
	entry := Entry{
		Name:       name,
		Server:     cluster.Server,
		ServerName: cluster.TLSServerName,
		CA:         cluster.CertificateAuthorityData,
		File:       cluster.LocationOfOrigin,
		Contexts:   contextsOf(name, raw),
	}
	// Data wins over a file, as it does in client-go.
	if len(entry.CA) == 0 && cluster.CertificateAuthority != "" {
		entry.CA, entry.CAError = readCA(cluster)
	}
	return entry
}

// readCA reads the CA file of a cluster entry. A relative path counts from the
// directory of the kubeconfig and not from the working directory; the loader
// has resolved it, unless the caller's rules told it not to.
func readCA(cluster *clientcmdapi.Cluster) ([]byte, error) {
	file := cluster.CertificateAuthority
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(cluster.LocationOfOrigin), file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading certificate authority: %w", err)
	}
	return data, nil
}

func contextsOf(cluster string, raw *clientcmdapi.Config) []string {
	var names []string
	for name, context := range raw.Contexts {
		if context != nil && context.Cluster == cluster {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// findShadowed notes which files define an entry that another file has already
// defined, for a user who edits the file that doesn't count wonders why nothing
// changes.
func (c *Config) findShadowed(access clientcmd.ConfigAccess) {
	files := access.GetLoadingPrecedence()
	if len(files) < 2 {
		return
	}
	for _, file := range files {
		config, err := clientcmd.LoadFromFile(file)
		if err != nil {
			continue // a file that is not there; Load has reported all others
		}
		for i := range c.entries {
			entry := &c.entries[i]
			if _, has := config.Clusters[entry.Name]; has && file != entry.File {
				entry.Shadowed = append(entry.Shadowed, file)
			}
		}
	}
}
