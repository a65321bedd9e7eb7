package bed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// docker runs one docker command and returns what it printed.
func docker(ctx context.Context, args ...string) (string, error) {
	return dockerWith(ctx, nil, args...)
}

// dockerWith is docker with something on standard input.
func dockerWith(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(problem.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// HasDocker tells whether an engine answers.
func HasDocker(ctx context.Context) bool {
	_, err := docker(ctx, "version", "--format", "{{.Server.Version}}")
	return err == nil
}

// inspected is what the bed reads of a container.
type inspected struct {
	State  struct{ Status string }
	Image  string
	Config struct{ Labels map[string]string }

	HostConfig struct {
		PortBindings map[string][]struct {
			HostIP   string `json:"HostIp"`
			HostPort string
		}
	}
	NetworkSettings struct {
		Networks map[string]struct{ IPAddress, GlobalIPv6Address string }
	}
}

// inspect reads one container; found is false when there is none of that name.
func inspect(ctx context.Context, name string) (c inspected, found bool, err error) {
	out, err := docker(ctx, "container", "inspect", name)
	if err != nil {
		if strings.Contains(strings.ToLower(err.Error()), "no such container") {
			return c, false, nil
		}
		return c, false, err
	}
	var all []inspected
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
		return c, false, fmt.Errorf("reading docker inspect %s: %w", name, err)
	}
	return all[0], true, nil
}

// subnet is the network's part of IPv6. It isn't the one that kind works out for this name: two engines of one machine
// can't both route that, and genuine kind may run in the other.
const subnet = "fc00:f853:ccd:ed00::/64"

// ensureNetwork makes kind's network where there is none, as kind would: IPv6 too, unless the engine can't.
func ensureNetwork(ctx context.Context) error {
	if _, err := docker(ctx, "network", "inspect", network); err == nil {
		return nil
	}
	args := []string{"network", "create", "-d=bridge",
		"-o", "com.docker.network.bridge.enable_ip_masquerade=true",
		"-o", "com.docker.network.driver.mtu=1500"}
	_, err := docker(ctx, append(args, "--ipv6", "--subnet", subnet, network)...)
	if err != nil {
		_, err = docker(ctx, append(args, network)...)
	}
	// two processes may have tried at once: whoever made it, it is there
	if _, there := docker(ctx, "network", "inspect", network); there == nil {
		return nil
	}
	return err
}
