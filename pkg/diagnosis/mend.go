package diagnosis

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// refusal is a kind of answer of an API server, known by its text, and what is to be done about it.
type refusal struct {
	text *regexp.Regexp
	mend func(x *examination, p patient, f *Fault, found []string)
}

// refusals are tried in this order.
var refusals = []refusal{
	{regexp.MustCompile(`namespaces "([^"]+)" not found|the namespace is not there yet`), func(x *examination, p patient, f *Fault, found []string) {
		// What the namespace lacks is said of the namespace: the object is placed only where its namespace is.
		f.Link, f.Title, f.Waiting = Namespace, "the namespace is not there yet", true
		x.cellOf(p.Name).State = Pending
		f.Command = x.inHost("kubectl fed status namespace "+x.Federated.GetNamespace(), "")
	}},
	{regexp.MustCompile(`because it is being terminated`), func(x *examination, p patient, f *Fault, _ []string) {
		f.Link, f.Title = Namespace, "the namespace is being deleted there"
		f.Command = p.inMember("kubectl get namespace "+x.Federated.GetNamespace()+" -o yaml", "")
	}},
	{regexp.MustCompile(`exceeded quota: ([^,]+),`), func(x *examination, p patient, f *Fault, found []string) {
		f.Remedy, f.Command = "raise the quota", p.inMember("kubectl edit resourcequota "+found[1], x.space())
	}},
	{regexp.MustCompile(`failed calling webhook`), func(x *examination, p patient, f *Fault, _ []string) { x.webhooks(p, f) }},
	{regexp.MustCompile(`User "?system:serviceaccount:[^ ]* cannot|cannot \w+ resource`), func(x *examination, p patient, f *Fault, _ []string) {
		f.Remedy = "a join renews the rights that KubeFed has in the cluster"
		f.Command = x.inHost("kubectl fed join "+p.Name, "")
	}},
	{regexp.MustCompile(`Unauthorized`), func(x *examination, p patient, f *Fault, _ []string) {
		f.Remedy = "KubeFed's token is not valid there any more"
		f.Command = x.inHost("kubectl fed join "+p.Name+" --refresh", "")
	}},
	{regexp.MustCompile(`immutable|may not change once set|updates to .* are forbidden|may not be changed`), func(x *examination, p patient, f *Fault, _ []string) {
		f.Title = "a field can't be changed"
		f.Remedy = "KubeFed creates it anew once it is deleted there"
		f.Command = p.inMember("kubectl delete "+x.target(), x.space())
	}},
	{regexp.MustCompile(`ValidatingAdmissionPolicy '([^']+)'|admission webhook "([^"]+)" denied`), func(x *examination, p patient, f *Fault, found []string) {
		f.Title = strings.TrimSuffix(f.Title, ": policy") + ": a policy of the cluster forbids it"
		if p.placed && !x.Diagnosis.Deleting {
			f.Remedy, f.Command = "change what the policy forbids", x.edit()
			return
		}
		f.Remedy = "the policy has to allow the deletion"
		f.Command = p.inMember("kubectl get validatingadmissionpolicies,validatingwebhookconfigurations", "")
		if found[1] != "" {
			f.Command = p.inMember("kubectl edit validatingadmissionpolicy "+found[1], "")
		}
	}},
	{regexp.MustCompile(`is invalid: |unknown field|cannot be handled as a|strict decoding`), func(x *examination, p patient, f *Fault, _ []string) {
		f.Title += ": it is not valid"
		f.Remedy, f.Command = "correct the template", x.edit()
		overrides, _ := federation.Overrides(x.Federated)
		for i, o := range overrides[p.Name] {
			if x.valid(overrides, p, i) {
				f.Link, f.Remedy = Override, fmt.Sprintf("override %d makes it so", i+1)
				f.Command = x.fed("override", "--clusters "+p.Name+" --unset "+o.Path)
			}
		}
	}},
}

// mend completes a fault of propagation with what is to be done.
func (x *examination) mend(f Fault, p patient) Fault {
	live := p.Result.Live
	for _, r := range refusals {
		if found := r.text.FindStringSubmatch(f.Cause); found != nil {
			r.mend(x, p, &f, found)
			return f
		}
	}
	switch {
	case p.said == federation.ClientRetrievalFailed:
		f.Remedy = "a join writes KubeFed's credentials for the cluster anew"
		f.Command = x.inHost("kubectl fed join "+p.Name+" --refresh", "")
	case live != nil && live.GetDeletionTimestamp() != nil:
		f.Remedy = "it goes once its finalizers are taken off"
		f.Command = p.inMember("kubectl patch "+x.target()+` --type=merge -p '{"metadata":{"finalizers":null}}'`, x.space())
	case live != nil && (federation.IsUnmanaged(live) || p.said == federation.AlreadyExists || p.said == "" && !federation.IsManaged(live)):
		f.Remedy = "with this label KubeFed takes it over, and makes it as the federated object says"
		f.Command = p.inMember("kubectl label "+x.target()+" "+federation.ManagedLabel+"=true --overwrite", x.space())
	case p.timedOut():
		x.webhooks(p, &f)
	default:
		f.Remedy = p.said.Meaning().Remedy
		f.Command = x.inHost("kubectl describe "+x.resource(), x.Federated.GetNamespace())
	}
	return f
}

// webhooks is about requests that the cluster does not answer, most often since it waits for somebody itself.
func (x *examination) webhooks(p patient, f *Fault) {
	f.Remedy = "the cluster waits for a webhook that does not answer: mend it, or delete its configuration"
	f.Command = p.inMember("kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations", "")
	for _, w := range p.Webhooks {
		if strings.Contains(f.Cause, strconv.Quote(w.Name)) || p.timedOut() && w.isAsked(p.said) {
			f.Command = p.inMember("kubectl delete "+w.Configuration, "")
			return
		}
	}
}

// isAsked tells whether a webhook takes part in the write that a status speaks of.
func (w Webhook) isAsked(s federation.Status) bool {
	operation := "UPDATE"
	switch s {
	case federation.CreationTimedOut:
		operation = "CREATE"
	case federation.DeletionTimedOut:
		operation = "DELETE"
	}
	return slices.Contains(w.Operations, operation) || slices.Contains(w.Operations, "*")
}
