package federating

import (
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// table is filled by several at once.
type table struct {
	mutex   sync.Mutex
	objects map[string]*unstructured.Unstructured
}

func newTable() *table { return &table{objects: map[string]*unstructured.Unstructured{}} }

func (t *table) put(key string, object *unstructured.Unstructured) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if object != nil {
		t.objects[key] = object
	}
}
