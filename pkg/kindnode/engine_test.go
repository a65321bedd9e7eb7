package kindnode

import "testing"

func TestRemote(t *testing.T) {
	for host, want := range map[string]string{
		"unix:///var/run/docker.sock":   "",
		"npipe:////./pipe/docker":       "",
		"tcp://localhost:2375":          "",
		"tcp://127.0.0.1:2375":          "",
		"tcp://[::1]:2375":              "",
		"tcp://10.0.0.7:2376":           "tcp://10.0.0.7:2376",
		"ssh://me:secret@build.example": "ssh://me:xxxxx@build.example",
		"":                              "",
	} {
		if got := remote(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestRemoteEngine(t *testing.T) {
	installFake(t, "docker", "Docker") // knows no contexts
	t.Setenv("DOCKER_HOST", "")
	if got := RemoteEngine(t.Context()); got != "" {
		t.Errorf("without contexts: got %q", got)
	}
	t.Setenv("DOCKER_HOST", "ssh://build.example")
	if got := RemoteEngine(t.Context()); got != "ssh://build.example" {
		t.Errorf("by DOCKER_HOST: got %q", got)
	}
}
