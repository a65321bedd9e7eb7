package controlplane

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/yaml"
)

// The scopes of a control plane.
const (
	Cluster    = apiextensionsv1.ClusterScoped
	Namespaced = apiextensionsv1.NamespaceScoped
)

// FeatureGates are those that KubeFed knows, and whether they are on unless told otherwise (features.go in kubefed).
var FeatureGates = map[string]bool{"PushReconciler": true, "RawResourceStatusCollection": false, "SchedulerPreferences": true}

// CompleteConfig fills in what a configuration leaves open, as KubeFed's webhook does. Its controllers don't start
// with an incomplete one.
func CompleteConfig(spec *v1beta1.KubeFedConfigSpec) {
	fill(&spec.Scope, Cluster)
	duration, election, health := made(&spec.ControllerDuration), made(&spec.LeaderElect), made(&spec.ClusterHealthCheck)
	seconds(&duration.AvailableDelay, 20)
	seconds(&duration.UnavailableDelay, 60)
	seconds(&duration.CacheSyncTimeout, 300)
	seconds(&election.LeaseDuration, 15)
	seconds(&election.RenewDeadline, 10)
	seconds(&election.RetryPeriod, 5)
	value(&election.ResourceLock, v1beta1.ConfigMapsResourceLock)
	seconds(&health.Period, 10)
	seconds(&health.Timeout, 3)
	value(&health.FailureThreshold, 3)
	value(&health.SuccessThreshold, 1)
	value(&made(&spec.SyncController).MaxConcurrentReconciles, 1)
	value(&spec.SyncController.AdoptResources, v1beta1.AdoptResourcesEnabled)
	value(&made(&spec.StatusController).MaxConcurrentReconciles, 1)
	for gate, on := range FeatureGates {
		if !slices.ContainsFunc(spec.FeatureGates, func(g v1beta1.FeatureGatesConfig) bool { return g.Name == gate }) {
			setGate(spec, gate, on)
		}
	}
}

func fill[T comparable](at *T, value T) {
	var zero T
	if *at == zero {
		*at = value
	}
}

func value[T any](at **T, value T) {
	if *at == nil {
		*at = &value
	}
}

func made[T any](at **T) *T {
	if *at == nil {
		*at = new(T)
	}
	return *at
}

func seconds(at **metav1.Duration, n int) {
	value(at, metav1.Duration{Duration: time.Duration(n) * time.Second})
}

// setGate sets a feature gate. They are kept sorted, as KubeFed keeps them.
func setGate(spec *v1beta1.KubeFedConfigSpec, name string, on bool) {
	gate := v1beta1.FeatureGatesConfig{Name: name, Configuration: v1beta1.ConfigurationDisabled}
	if on {
		gate.Configuration = v1beta1.ConfigurationEnabled
	}
	gates := slices.DeleteFunc(slices.Clone(spec.FeatureGates), func(g v1beta1.FeatureGatesConfig) bool { return g.Name == name })
	spec.FeatureGates = append(gates, gate)
	slices.SortFunc(spec.FeatureGates, func(a, b v1beta1.FeatureGatesConfig) int { return strings.Compare(a.Name, b.Name) })
}

// fingerprint tells configurations apart.
func fingerprint(spec v1beta1.KubeFedConfigSpec) string {
	text, err := json.Marshal(spec)
	if err != nil {
		return "" // a struct of strings and numbers can't fail
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:16]
}

// Setting is one field of the KubeFedConfig and its value, in YAML.
type Setting struct{ Field, Value string }

// ParseSetting reads FIELD=VALUE. The field is a path below spec.
func ParseSetting(text string) (Setting, error) {
	field, value, ok := strings.Cut(text, "=")
	field = strings.TrimPrefix(strings.Trim(field, "."), "spec.")
	switch {
	case !ok || field == "" || value == "":
		return Setting{}, fmt.Errorf("--set %s: want FIELD=VALUE", text)
	case field == "scope":
		return Setting{}, errors.New("--set scope: --scope says it")
	case strings.HasPrefix(field, "featureGates"):
		return Setting{}, errors.New("--set featureGates: --feature-gates sets them")
	case !slices.Contains(ConfigFields(), field):
		return Setting{}, fmt.Errorf("--set %s: a KubeFedConfig has no such field; it has %s", field, strings.Join(ConfigFields(), ", "))
	}
	return Setting{field, value}, nil
}

// ConfigFields are the fields of a KubeFedConfig that can be set, as its definition lists them.
func ConfigFields() []string {
	objects, err := coreCRDs()
	if err != nil {
		return nil
	}
	for _, object := range objects {
		if object.GetName() == "kubefedconfigs."+coreGroup {
			versions, _, _ := unstructured.NestedSlice(object.Object, "spec", "versions")
			version, _ := versions[0].(map[string]any)
			spec, _, _ := unstructured.NestedMap(version, "schema", "openAPIV3Schema", "properties", "spec")
			return leaves(spec, "")
		}
	}
	return nil
}

// leaves are the fields of a schema that hold no further fields.
func leaves(schema map[string]any, at string) []string {
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return []string{at}
	}
	var found []string
	for name, below := range properties {
		if name == "scope" || name == "featureGates" {
			continue
		}
		if inner, ok := below.(map[string]any); ok {
			found = append(found, leaves(inner, strings.TrimPrefix(at+"."+name, "."))...)
		}
	}
	slices.Sort(found)
	return found
}

// apply sets the field.
func (s Setting) apply(spec *v1beta1.KubeFedConfigSpec) error {
	var value any
	if err := yaml.Unmarshal([]byte(s.Value), &value); err != nil {
		return fmt.Errorf("--set %s: %q is no YAML", s.Field, s.Value)
	}
	change := value
	path := strings.Split(s.Field, ".")
	for _, name := range slices.Backward(path) {
		change = map[string]any{name: change}
	}
	text, err := json.Marshal(change)
	if err != nil {
		return err
	}
	// decoding into what is there leaves the other fields as they are
	if err := json.Unmarshal(text, spec); err != nil {
		return fmt.Errorf("--set %s: %q is not what the field takes: %w", s.Field, s.Value, err)
	}
	return nil
}

// jitter is the factor that a leader's retries may be late by (leaderelection in client-go).
const jitter = 1.2

// CheckConfig refuses a complete configuration that KubeFed would refuse (validation.go in kubefed).
func CheckConfig(spec v1beta1.KubeFedConfigSpec) error {
	duration, election, health := spec.ControllerDuration, spec.LeaderElect, spec.ClusterHealthCheck
	positive := []struct {
		field string
		value int64
	}{
		{"controllerDuration.availableDelay", int64(duration.AvailableDelay.Duration)},
		{"controllerDuration.unavailableDelay", int64(duration.UnavailableDelay.Duration)},
		{"controllerDuration.cacheSyncTimeout", int64(duration.CacheSyncTimeout.Duration)},
		{"leaderElect.leaseDuration", int64(election.LeaseDuration.Duration)},
		{"leaderElect.renewDeadline", int64(election.RenewDeadline.Duration)},
		{"leaderElect.retryPeriod", int64(election.RetryPeriod.Duration)},
		{"clusterHealthCheck.period", int64(health.Period.Duration)},
		{"clusterHealthCheck.timeout", int64(health.Timeout.Duration)},
		{"clusterHealthCheck.failureThreshold", *health.FailureThreshold},
		{"clusterHealthCheck.successThreshold", *health.SuccessThreshold},
		{"syncController.maxConcurrentReconciles", *spec.SyncController.MaxConcurrentReconciles},
		{"statusController.maxConcurrentReconciles", *spec.StatusController.MaxConcurrentReconciles},
	}
	for _, p := range positive {
		if p.value <= 0 {
			return fmt.Errorf("%s has to be greater than 0", p.field)
		}
	}
	switch {
	case election.LeaseDuration.Duration <= election.RenewDeadline.Duration:
		return errors.New("leaderElect.leaseDuration has to be greater than leaderElect.renewDeadline")
	case float64(election.RenewDeadline.Duration) <= jitter*float64(election.RetryPeriod.Duration):
		return fmt.Errorf("leaderElect.renewDeadline has to be greater than %.1f times leaderElect.retryPeriod", jitter)
	case !slices.Contains([]v1beta1.ResourceLockType{v1beta1.ConfigMapsResourceLock, v1beta1.EndpointsResourceLock}, *election.ResourceLock):
		return fmt.Errorf("leaderElect.resourceLock is configmaps or endpoints, not %q", *election.ResourceLock)
	case !slices.Contains([]v1beta1.ResourceAdoption{v1beta1.AdoptResourcesEnabled, v1beta1.AdoptResourcesDisabled}, *spec.SyncController.AdoptResources):
		return fmt.Errorf("syncController.adoptResources is Enabled or Disabled, not %q", *spec.SyncController.AdoptResources)
	}
	return nil
}
