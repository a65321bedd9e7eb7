package controlplane

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Release is an installation of KubeFed's chart by helm, as the Secrets in which helm keeps its record say.
type Release struct {
	Name    string
	Status  string // deployed, failed and so on, of the newest revision
	Secrets []string

	revision int
}

// Annotations by which helm knows the objects of a release, and tells hooks from them.
const (
	releaseAnnotation = "meta.helm.sh/release-name"
	hookAnnotation    = "helm.sh/hook"
)

// record is what is read of helm's record.
type record struct {
	Name    string
	Version int
	Info    struct{ Status string }
	Chart   struct{ Metadata struct{ Name string } }
}

// releasesIn finds the releases of KubeFed's chart among helm's Secrets. What can't be read is not one.
func releasesIn(secrets []unstructured.Unstructured) []Release {
	var releases []Release
	for _, secret := range secrets {
		r, ok := recordIn(secret)
		if !ok || r.Chart.Metadata.Name != "kubefed" {
			continue
		}
		i := slices.IndexFunc(releases, func(known Release) bool { return known.Name == r.Name })
		if i < 0 {
			i = len(releases)
			releases = append(releases, Release{Name: r.Name})
		}
		releases[i].Secrets = append(releases[i].Secrets, secret.GetName())
		if r.Version >= releases[i].revision {
			releases[i].revision, releases[i].Status = r.Version, r.Info.Status
		}
	}
	slices.SortFunc(releases, func(a, b Release) int { return strings.Compare(a.Name, b.Name) })
	return releases
}

// recordIn reads the record of one revision: JSON, compressed, in base 64, in a Secret that is in base 64 itself.
func recordIn(secret unstructured.Unstructured) (r record, ok bool) {
	outer, _, _ := unstructured.NestedString(secret.Object, "data", "release")
	inner, err := base64.StdEncoding.DecodeString(outer)
	if err != nil {
		return r, false
	}
	packed, err := base64.StdEncoding.DecodeString(string(inner))
	if err != nil {
		return r, false
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return r, false
	}
	data, err := io.ReadAll(unpacked)
	return r, err == nil && json.Unmarshal(data, &r) == nil
}
