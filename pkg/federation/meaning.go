package federation

// seeEvents is the remedy wherever only KubeFed knows the cause.
const seeEvents = "read the cause in the events of the federated object (kubectl describe)"

// operationTime is how long KubeFed waits for the members' answers. The request
// itself is not given up then (sync/dispatch/operation.go).
const operationTime = "within 30 seconds; the request may still succeed"

// statuses has every status with its meaning. Which of them are retried by
// themselves is IsRecoverableError in sync/status/status.go.
var statuses = []struct {
	status Status
	Meaning
}{
	{Propagated, Meaning{
		"KubeFed wrote the object to the cluster, or found it there as it had left it", RetryNone, ""}},
	{ClusterNotReady, Meaning{
		"the cluster is not ready, so KubeFed leaves it out", RetryWhenReady,
		"read the conditions of its KubeFedCluster: the endpoint may have moved or the cluster be down"}},
	{CachedRetrievalFailed, Meaning{
		"KubeFed could not read the object from its own cache of the cluster", RetryOnChange,
		"restart KubeFed's controller manager"}},
	{ClientRetrievalFailed, Meaning{
		"KubeFed has no client for the cluster, most often for want of the secret that its KubeFedCluster names", RetryBackoff,
		"join the cluster again, which writes the secret anew"}},
	{ComputeResourceFailed, Meaning{
		"KubeFed could not make an object out of spec.template", RetryOnChange,
		"correct spec.template: it has to be an object"}},
	{ApplyOverridesFailed, Meaning{
		"KubeFed could not apply the overrides; one that is malformed fails all clusters, not only its own", RetryOnChange,
		"correct spec.overrides: a path whose parent is missing, a path or a cluster that appears twice, or a path that KubeFed refuses"}},
	{CreationFailed, Meaning{
		"the cluster refused to create the object", RetryBackoff, seeEvents}},
	{CreationTimedOut, Meaning{
		"the cluster did not answer the creation " + operationTime, RetryBackoff,
		"see whether the cluster's API server and its webhooks answer"}},
	{RetrievalFailed, Meaning{
		"an object of this name is there already, and KubeFed could not read it to adopt it", RetryBackoff, seeEvents}},
	{AlreadyExists, Meaning{
		"an object of this name is there already, and KubeFed is configured to adopt none", RetryOnChange,
		"delete or rename the object in the cluster, or set adoptResources to Enabled in the KubeFedConfig"}},
	{ManagedLabelFalse, Meaning{
		"the object there has the label " + ManagedLabel + "=false, which orders KubeFed to keep away", RetryOnChange,
		"remove the label in the cluster and then touch the federated object, or take the cluster out of the placement"}},
	{FieldRetentionFailed, Meaning{
		"KubeFed could not carry over what it leaves to the cluster, because a field there or in the template has the wrong type", RetryOnChange,
		"correct the type of the field that the events of the federated object name"}},
	{VersionRetrievalFailed, Meaning{
		"KubeFed could not work out whether it had written the object before", RetryOnChange, seeEvents}},
	{UpdateFailed, Meaning{
		"the cluster refused the update, as it does when an immutable field changes", RetryBackoff,
		"read the cause in the events of the federated object; where a field is immutable, delete the object in the cluster and KubeFed creates it anew"}},
	{UpdateTimedOut, Meaning{
		"the cluster did not answer the update " + operationTime, RetryBackoff,
		"see whether the cluster's API server and its webhooks answer"}},
	{WaitingForRemoval, Meaning{
		"the object is being deleted from the cluster and is not gone yet", RetryWhenGone,
		"if it stays, see which finalizers it has there"}},
	{DeletionFailed, Meaning{
		"the cluster refused to delete the object", RetryBackoff, seeEvents}},
	{DeletionTimedOut, Meaning{
		"the cluster did not answer the deletion " + operationTime, RetryBackoff,
		"see whether the cluster's API server and its webhooks answer"}},
	{LabelRemovalFailed, Meaning{
		"the cluster refused to take the label " + ManagedLabel + " from the object", RetryBackoff, seeEvents}},
	{LabelRemovalTimedOut, Meaning{
		"the cluster did not answer the removal of the label " + ManagedLabel + " " + operationTime, RetryBackoff,
		"see whether the cluster's API server and its webhooks answer"}},
}

// reasons has every reason of the condition. Only what stands behind CheckClusters
// is ever retried by itself (setFederatedStatus in sync/controller.go).
var reasons = []struct {
	reason ConditionReason
	Meaning
}{
	{AllPropagated, Meaning{
		"every placed cluster has the object, which does not say that it runs there", RetryNone, ""}},
	{ClusterRetrievalFailed, Meaning{
		"KubeFed could not list the clusters that are joined", RetryOnChange,
		"restart KubeFed's controller manager"}},
	{ComputePlacementFailed, Meaning{
		"KubeFed could not read the placement of the object or of its namespace, and did nothing anywhere", RetryOnChange,
		"correct spec.placement, most often the operator of its clusterSelector"}},
	{OutsideFederation, Meaning{
		"the namespace has no FederatedNamespace, so the object is placed nowhere and removed where it was", RetryOnChange,
		"federate the namespace"}},
	{CheckClusters, Meaning{
		"at least one cluster does not have the object as it should", RetryByCluster,
		"read the statuses of the clusters in status.clusters"}},
}
