package types

import (
	"slices"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// rowOf is a view in the form in which it is printed.
func rowOf(scene *enabling.Scene, v enabling.View) report.FederatedType {
	row := report.FederatedType{
		APIVersion: report.APIVersion, Kind: "FederatedType", Metadata: report.TypeMetadata{Name: v.Type.Name},
		Target: apiOf(v.Type.Target), Federated: apiOf(v.Type.Federated),
		Propagation: string(v.Config.Spec.Propagation), Running: v.Running(), Problems: v.Problems,
		StatusCollection: v.Config.GetStatusEnabled(),
	}
	if status := v.Config.Status.StatusController; status != nil {
		row.StatusController = string(*status)
	}
	if v.Instances >= 0 {
		row.Instances = &v.Instances
	}
	for _, m := range scene.Members {
		one := servedBy(m.Name, v.Absent)
		row.Members = append(row.Members, one)
		if one.Served != nil && !*one.Served {
			row.NotServedBy = append(row.NotServedBy, m.Name)
		}
	}
	return row
}

func apiOf(a federation.API) report.TypeAPI {
	return report.TypeAPI{Group: a.Group, Version: a.Version, Kind: a.Kind, Plural: a.Plural, Namespaced: a.Namespaced}
}

// servedBy says whether one member serves the type, as far as that is known.
func servedBy(name string, absent []enabling.Absence) report.TypeMember {
	i := slices.IndexFunc(absent, func(a enabling.Absence) bool { return a.Member == name })
	served := i < 0
	if i >= 0 && absent[i].Err != nil {
		return report.TypeMember{Name: name, Reason: absent[i].Err.Error()}
	}
	return report.TypeMember{Name: name, Served: &served}
}
