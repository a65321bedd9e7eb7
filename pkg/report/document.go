package report

import (
	"encoding/json"
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
	if output != "yaml" {
		return JSON(w, value)
	}
	data, err := yaml.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// JSON prints a value as JSON, indented.
func JSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
