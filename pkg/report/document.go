package report

import (
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"
)

// APIVersion is the version of every document of our own. Fields are added to it and never change their
// meaning; a change of meaning gets another version.
const APIVersion = "output.kubectl-fed.io/v1"

// TypeMeta says what a document is, as in Kubernetes' own objects.
type TypeMeta struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func version(kind string) TypeMeta { return TypeMeta{APIVersion: APIVersion, Kind: kind} }

// Document prints a value of our own as json or yaml.
func Document(w io.Writer, value any, output string) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if output == "yaml" {
		data, err = yaml.JSONToYAML(data)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	_, err = fmt.Fprintln(w, string(data))
	return err
}
