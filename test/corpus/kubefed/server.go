package kubefed

import (
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// serveList answers a LIST, refuses the streaming kind of list, and keeps a
// WATCH open without events.
func serveList(w http.ResponseWriter, r *http.Request, items []*unstructured.Unstructured) {
	serveListOf(w, r, "v1", "List", items)
}

// serveListOf gives the list the kind that a typed client insists on.
func serveListOf(w http.ResponseWriter, r *http.Request, apiVersion, kind string, items []*unstructured.Unstructured) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Query().Get("sendInitialEvents") == "true":
		refuse(w, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid)
	case r.URL.Query().Get("watch") != "":
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	default:
		list := &unstructured.UnstructuredList{Object: map[string]any{
			"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"resourceVersion": "1"},
		}}
		for _, item := range items {
			list.Items = append(list.Items, *item)
		}
		send(w, list)
	}
}

func send(w http.ResponseWriter, obj runtime.Object) {
	w.Header().Set("Content-Type", "application/json")
	if err := unstructured.UnstructuredJSONScheme.Encode(obj, w); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{ // the client sees a short answer as an error of its own
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Reason: reason, Code: int32(code),
	})
}
