package kindnode

import (
	"context"
	"net/url"
	"os"
	"strings"
	"time"
)

// engineTimeout bounds the question where the engine is: it only makes an error clearer.
const engineTimeout = 2 * time.Second

// RemoteEngine is where the Docker engine runs, when that is another machine: there
// its containers' addresses mean nothing here. It is empty for an engine of this
// machine and for every other runtime. A password in it is not shown.
func RemoteEngine(ctx context.Context) string {
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		ctx, cancel := context.WithTimeout(ctx, engineTimeout)
		defer cancel()
		out, err := run(ctx, "docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
		if err != nil {
			return "" // no docker, or one without contexts: nothing is known
		}
		host = strings.TrimSpace(string(out))
	}
	return remote(host)
}

// remote is an engine's address without its password, where that is on another machine.
func remote(host string) string {
	parsed, err := url.Parse(host)
	if err != nil || (parsed.Scheme != "tcp" && parsed.Scheme != "ssh" && parsed.Scheme != "https" && parsed.Scheme != "http") {
		return ""
	}
	switch name := parsed.Hostname(); {
	case name == "localhost", name == "::1", strings.HasPrefix(name, "127."):
		return ""
	}
	return parsed.Redacted()
}
