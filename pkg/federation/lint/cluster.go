package lint

import (
	"encoding/base64"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

var badEndpoint = register(Rule{
	Code: "FED701", Severity: Error, Title: "an apiEndpoint that no client can use",
	Ignored: "KubeFed's webhook refuses it.",
	Mend:    "Write https://HOST:PORT.",
})

var loopbackEndpoint = register(Rule{
	Code: "FED702", Severity: Error, Title: "an apiEndpoint that only this machine reaches",
	Ignored: "KubeFed's controllers reach themselves there, and the cluster never gets ready.",
	Mend:    "Write an address that pods of the host cluster reach; kubectl fed join finds it.",
})

var badSecretRef = register(Rule{
	Code: "FED703", Severity: Error, Title: "a secretRef that can't name a Secret",
	Ignored: "KubeFed's webhook refuses it.",
	Mend:    "Name the Secret with the token for the member, in KubeFed's own namespace.",
})

var badValidations = register(Rule{
	Code: "FED704", Severity: Error, Title: "disabledTLSValidations that KubeFed does not have",
	Ignored: "KubeFed's webhook refuses it.",
	Mend:    "Write SubjectName, ValidityPeriod or both; or * alone.",
})

var noValidation = register(Rule{
	Code: "FED705", Severity: Warning, Title: "the member's certificate is not checked",
	Ignored: "Whoever answers at the address gets KubeFed's token, and what is federated.",
	Mend:    "Remove disabledTLSValidations, and give the cluster's CA in caBundle.",
})

var badCABundle = register(Rule{
	Code: "FED706", Severity: Error, Title: "a caBundle that is not base64 of PEM",
	Ignored: "KubeFed can't check the member's certificate, and the cluster never gets ready.",
	Mend:    "Write the PEM text of the member's CA in base64.",
})

var badProxy = register(Rule{
	Code: "FED707", Severity: Error, Title: "a proxyURL that the controllers can't use",
	Ignored: "KubeFed's webhook refuses the scheme; a proxy on a loopback address is the controllers' own pod.",
	Mend:    "Write http, https or socks5, and an address that pods of the host cluster reach.",
})

var clusterShape = top(fields(map[string]shape{
	"apiEndpoint": plain(text), "caBundle": plain(text), "proxyURL": plain(text),
	"secretRef":              fields(map[string]shape{"name": plain(text)}, "name"),
	"disabledTLSValidations": listOf(plain(text)),
}, "apiEndpoint", "secretRef"))

// cluster follows KubeFed's webhook (apis/core/v1beta1/validation), and
// knows what the webhook can't: where an address leads to.
func (c *check) cluster() {
	if !c.shapes(clusterShape) {
		return
	}
	spec, ok := c.Object.Object["spec"].(map[string]any)
	if !ok {
		c.add(missingField, nil, "there is no spec")
		return
	}
	endpoint, _ := spec["apiEndpoint"].(string)
	c.endpoint(endpoint)
	c.secretRef(spec)
	c.validations(spec)
	c.caBundle(spec)
	if proxy, _ := spec["proxyURL"].(string); proxy != "" {
		c.proxy(proxy)
	}
}

func (c *check) endpoint(endpoint string) {
	at := []string{"spec", "apiEndpoint"}
	scheme, host, port := splitURL(endpoint)
	switch {
	case endpoint == "":
		c.add(badEndpoint, at, "the apiEndpoint is empty")
	case scheme != "" && scheme != "http" && scheme != "https":
		c.add(badEndpoint, at, "the scheme is %s, and has to be https or http", scheme)
	case host == "":
		c.add(badEndpoint, at, "the apiEndpoint names no host")
	case port != "" && !isPort(port):
		c.add(badEndpoint, at, "%s is not a port", port)
	case isLoopback(host):
		c.add(loopbackEndpoint, at, "%s is this very machine, for whoever asks", host)
	}
}

// splitURL cuts what is needed here; the rest of a URL plays no part. The
// package that reads URLs belongs to the network, and this one is pure.
func splitURL(u string) (scheme, host, port string) {
	before, rest, hasScheme := strings.Cut(u, "://")
	if hasScheme {
		scheme = strings.ToLower(before)
	} else {
		rest = u
	}
	rest, _, _ = strings.Cut(rest, "/")
	rest = rest[strings.LastIndexByte(rest, '@')+1:] // a name and a password, which no message may show
	if end := strings.LastIndexByte(rest, ']'); strings.HasPrefix(rest, "[") && end > 0 {
		return scheme, rest[1:end], strings.TrimPrefix(rest[end+1:], ":")
	}
	host, port, _ = strings.Cut(rest, ":")
	return scheme, host, port
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 1<<16
}

// isLoopback also counts the unspecified address, which leads to the same
// place, and Docker Desktop's name for the machine, which pods don't resolve.
func isLoopback(host string) bool {
	switch strings.ToLower(host) {
	case "localhost", "::1", "::", "0.0.0.0", "host.docker.internal":
		return true
	}
	return strings.HasPrefix(host, "127.")
}

func (c *check) secretRef(spec map[string]any) {
	ref, _ := spec["secretRef"].(map[string]any)
	name, _ := ref["name"].(string)
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		c.add(badSecretRef, []string{"spec", "secretRef", "name"}, "%q can't be the name of a Secret", name)
	}
}

func (c *check) validations(spec map[string]any) {
	at := []string{"spec", "disabledTLSValidations"}
	disabled, _ := spec["disabledTLSValidations"].([]any)
	for i, value := range disabled {
		switch value {
		case "*":
			if len(disabled) > 1 {
				c.add(badValidations, at, "* has to stand alone")
			}
			c.add(noValidation, at, "the certificate of %s is not checked", c.Object.GetName())
		case "SubjectName", "ValidityPeriod":
		default:
			c.add(badValidations, below(at, strconv.Itoa(i)), "%v is not one of *, SubjectName and ValidityPeriod", value)
		}
	}
}

func (c *check) caBundle(spec map[string]any) {
	bundle, _ := spec["caBundle"].(string)
	if bundle == "" {
		return
	}
	decoded, err := base64.StdEncoding.DecodeString(bundle)
	switch {
	case strings.Contains(bundle, "-----BEGIN"):
		c.add(badCABundle, []string{"spec", "caBundle"}, "the caBundle is PEM, and has to be base64 of it")
	case err != nil:
		c.add(badCABundle, []string{"spec", "caBundle"}, "the caBundle is not base64")
	case !strings.Contains(string(decoded), "-----BEGIN CERTIFICATE-----"):
		c.add(badCABundle, []string{"spec", "caBundle"}, "the caBundle holds no certificate")
	}
}

func (c *check) proxy(proxy string) {
	at := []string{"spec", "proxyURL"}
	scheme, host, _ := splitURL(proxy)
	switch {
	case scheme != "http" && scheme != "https" && scheme != "socks5":
		c.add(badProxy, at, "the scheme has to be http, https or socks5")
	case isLoopback(host):
		c.add(badProxy, at, "%s is the controllers' own pod", host)
	}
}
