package federation

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// heavy is the size from which an object may be too large together with what
// stands around it: etcd takes 1.5 MiB, and KubeFed's own writes come on top.
const heavy = 1 << 20

// Cautions are what a user should know of a plain object before KubeFed has
// it, each a sentence without its full stop.
func Cautions(t Type, obj *unstructured.Unstructured) []string {
	var all []string
	switch t.Target.Group + "/" + t.Target.Kind {
	case "/PersistentVolumeClaim":
		all = append(all, "once a member has bound the claim KubeFed's further writes to it are refused there, since KubeFed retains no volumeName: "+
			"the claim works, its status says UpdateFailed, and KubeFed tries for ever")
	case "rbac.authorization.k8s.io/ClusterRole":
		if _, aggregated := obj.Object["aggregationRule"]; aggregated {
			all = append(all, "its rules are gathered from other roles: where a member gathers others, KubeFed and the member's controller undo each other")
		}
	}
	if raw, err := json.Marshal(obj.Object); err == nil && len(raw) > heavy {
		all = append(all, fmt.Sprintf("it has %d KiB, and etcd takes 1536 KiB at most", len(raw)>>10))
	}
	return all
}
