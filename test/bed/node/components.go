package node

import (
	"cmp"
	"fmt"
	"net"
)

const auditPolicyFile = "etc/kubernetes/audit-policy.yaml"

// AuditLog is where the API server writes its audit log, one JSON event a line, below the node's root.
const AuditLog = "var/log/kubernetes/audit.log"

// auditPolicy keeps every request at metadata level, but for what the control plane reads to itself all
// the time and for lock renewals: a test wants to find writes, and those of KubeFed or of the product.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: None
  users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "kwok"]
  verbs: [get, list, watch]
- level: None
  userGroups: ["system:serviceaccounts:kube-system"]
  verbs: [get, list, watch]
- level: None
  resources:
  - {group: coordination.k8s.io, resources: [leases]}
- level: Metadata
`

// component is one program with its arguments.
type component struct {
	name string
	args []string
}

// components are the programs of a node, in the order in which they are started. Each is restarted when it
// ends, so the order is a help and not a condition.
func components(c Config, advertise net.IP) []component {
	if c.Etcd != "" {
		return []component{{"kube-apiserver", apiserverArgs(c, advertise)}}
	}
	return []component{
		{"etcd", etcdArgs(c)},
		{"kube-apiserver", apiserverArgs(c, advertise)},
		{"kube-controller-manager", controllerManagerArgs(c)},
		{"kube-scheduler", schedulerArgs(c)},
		{"kwok", []string{
			"--kubeconfig=" + c.path("etc/kubernetes/kwok.conf"),
			"--manage-all-nodes=true",
			"--node-lease-duration-seconds=40",
		}},
	}
}

// etcdArgs: no fsync, since nothing here outlives a crash of the machine, and a laptop's disk is slow.
func etcdArgs(c Config) []string {
	client, peer := fmt.Sprintf("http://127.0.0.1:%d", c.EtcdPort), fmt.Sprintf("http://127.0.0.1:%d", c.EtcdPort+1)
	listen := client
	if c.EtcdOpen {
		listen = fmt.Sprintf("http://0.0.0.0:%d", c.EtcdPort)
	}
	return []string{
		"--name=" + c.Name(),
		"--data-dir=" + c.path("var/lib/etcd"),
		"--unsafe-no-fsync=true",
		"--listen-client-urls=" + listen, "--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=" + c.Name() + "=" + peer,
	}
}

func apiserverArgs(c Config, advertise net.IP) []string {
	pki := func(name string) string { return c.path("etc/kubernetes/pki", name) }
	bind, endpoints := "0.0.0.0", "lease"
	if c.Address != "" { // loopback, which the endpoints of a service must not be
		bind, endpoints = c.Address, "none"
	}
	if c.IPv6 {
		bind = "::"
	}
	return []string{
		"--endpoint-reconciler-type=" + endpoints,
		"--etcd-servers=" + cmp.Or(c.Etcd, fmt.Sprintf("http://127.0.0.1:%d", c.EtcdPort)),
		"--bind-address=" + bind,
		"--advertise-address=" + advertise.String(),
		fmt.Sprintf("--secure-port=%d", c.Port),
		"--client-ca-file=" + pki("ca.crt"),
		"--tls-cert-file=" + pki("apiserver.crt"),
		"--tls-private-key-file=" + pki("apiserver.key"),
		"--service-account-key-file=" + pki("sa.key"),
		"--service-account-signing-key-file=" + pki("sa.key"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-cluster-ip-range=" + c.serviceNetwork(),
		"--authorization-mode=Node,RBAC",
		"--audit-policy-file=" + c.path(auditPolicyFile),
		"--audit-log-path=" + c.path(AuditLog),
		"--audit-log-maxsize=0",
	}
}

// controllerManagerArgs: credentials of its own for each controller, so that audit log and managed fields
// name the one that wrote; no leader election, since there is one of each.
func controllerManagerArgs(c Config) []string {
	conf := c.path("etc/kubernetes/controller-manager.conf")
	return []string{
		"--kubeconfig=" + conf, "--authentication-kubeconfig=" + conf, "--authorization-kubeconfig=" + conf,
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.path("etc/kubernetes/pki/sa.key"),
		"--root-ca-file=" + c.path("etc/kubernetes/pki/ca.crt"),
		"--kube-api-qps=200", "--kube-api-burst=400",
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.HelperPort),
		"--cert-dir=" + c.path("tmp"),
	}
}

func schedulerArgs(c Config) []string {
	conf := c.path("etc/kubernetes/scheduler.conf")
	return []string{
		"--kubeconfig=" + conf, "--authentication-kubeconfig=" + conf, "--authorization-kubeconfig=" + conf,
		"--leader-elect=false",
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.HelperPort+1),
		"--cert-dir=" + c.path("tmp"),
	}
}
