package controlplane

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Ports of KubeFed's programs.
const (
	webhookPort = 8443
	metricsPort = 9090
	healthPort  = 8080
)

// The labels that select the pods of each program.
var (
	managerLabels = map[string]string{"kubefed-control-plane": "controller-manager"}
	webhookLabels = map[string]string{"kubefed-admission-webhook": "true"}
)

// certificateAnnotation, on the webhook's pods, changes with the certificate: pods that have another are replaced,
// which is sooner than that they notice a change of their Secret.
const certificateAnnotation = "kubectl-fed.io/certificate"

// configAnnotation, on the controllers' pods, changes with the KubeFedConfig, which they read only when they start.
const configAnnotation = "kubectl-fed.io/configuration"

func (r Request) services() []runtime.Object {
	metrics := r.meta("kubefed-controller-manager-metrics-service")
	metrics.Annotations = map[string]string{
		"prometheus.io/port": strconv.Itoa(metricsPort), "prometheus.io/scheme": "http", "prometheus.io/scrape": "true",
	}
	return []runtime.Object{
		&corev1.Service{
			TypeMeta: kind("v1", "Service"), ObjectMeta: r.meta(webhookName),
			Spec: corev1.ServiceSpec{Selector: webhookLabels, Ports: []corev1.ServicePort{port("", 443, intstr.FromInt32(webhookPort))}},
		},
		&corev1.Service{
			TypeMeta: kind("v1", "Service"), ObjectMeta: metrics,
			Spec: corev1.ServiceSpec{Selector: managerLabels, Ports: []corev1.ServicePort{port("metrics", metricsPort, intstr.FromString("metrics"))}},
		},
	}
}

// port has its protocol: without one server-side apply could not tell ports apart.
func port(name string, number int32, target intstr.IntOrString) corev1.ServicePort {
	return corev1.ServicePort{Name: name, Port: number, TargetPort: target, Protocol: corev1.ProtocolTCP}
}

// manager is the Deployment of the controller manager.
func (r Request) manager() runtime.Object {
	grace := int64(10)
	container := r.container("controller-manager", "/hyperfed/controller-manager", "--v=2")
	container.Ports = []corev1.ContainerPort{{Name: "metrics", ContainerPort: metricsPort, Protocol: corev1.ProtocolTCP}}
	container.LivenessProbe = &corev1.Probe{
		ProbeHandler:        corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(healthPort)}},
		InitialDelaySeconds: 5, PeriodSeconds: 3, TimeoutSeconds: 3,
	}
	pod := pod(controller, container)
	pod.TerminationGracePeriodSeconds = &grace
	meta := metav1.ObjectMeta{Labels: managerLabels, Annotations: map[string]string{configAnnotation: fingerprint(r.Config)}}
	return r.deployment(managerName, int32(r.Replicas), corev1.PodTemplateSpec{ObjectMeta: meta, Spec: pod})
}

// webhook is the Deployment of the webhook.
func (r Request) webhook() runtime.Object {
	container := r.container("admission-webhook", "/hyperfed/webhook",
		"--secure-port="+strconv.Itoa(webhookPort), "--cert-dir=/var/serving-cert/", "--v=2")
	container.Ports = []corev1.ContainerPort{{ContainerPort: webhookPort, Protocol: corev1.ProtocolTCP}}
	container.VolumeMounts = []corev1.VolumeMount{{Name: "serving-cert", MountPath: "/var/serving-cert"}}
	container.ReadinessProbe = &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{
			HTTPGet: &corev1.HTTPGetAction{Path: "/readyz", Port: intstr.FromInt32(webhookPort), Scheme: corev1.URISchemeHTTPS},
		},
		PeriodSeconds: 2, // someone waits for it
	}
	mode := corev1.SecretVolumeSourceDefaultMode
	pod := pod(webhookName, container)
	pod.Volumes = []corev1.Volume{{Name: "serving-cert", VolumeSource: corev1.VolumeSource{
		Secret: &corev1.SecretVolumeSource{SecretName: r.secret(), DefaultMode: &mode},
	}}}
	meta := metav1.ObjectMeta{Labels: webhookLabels}
	if print := r.Certificate.fingerprint(); print != "" {
		meta.Annotations = map[string]string{certificateAnnotation: print}
	}
	return r.deployment(webhookName, 1, corev1.PodTemplateSpec{ObjectMeta: meta, Spec: pod})
}

func (r Request) deployment(name string, replicas int32, template corev1.PodTemplateSpec) *appsv1.Deployment {
	meta := r.meta(name)
	meta.Labels = template.Labels
	return &appsv1.Deployment{
		TypeMeta: kind("apps/v1", "Deployment"), ObjectMeta: meta,
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template},
	}
}

// container has requests that fit a cluster on one machine, and the chart's limit of memory. The chart's limit of
// CPU, a tenth of a core for the webhook, only makes it start later.
func (r Request) container(name string, command ...string) corev1.Container {
	return corev1.Container{
		Name: name, Image: r.Image, ImagePullPolicy: corev1.PullIfNotPresent, Command: command,
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
			Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512Mi")},
		},
	}
}

func pod(account string, container corev1.Container) corev1.PodSpec {
	user := int64(1001)
	return corev1.PodSpec{
		ServiceAccountName: account, Containers: []corev1.Container{container},
		SecurityContext: &corev1.PodSecurityContext{RunAsUser: &user},
	}
}
