// Package corpus makes cases to hold the model of KubeFed against KubeFed:
// federated objects, placements, patches and preferences, weighted towards
// those that are awkward. A case is made from its rule and its seed alone, so
// the two name it, on every machine and for ever.
//
// What the model answers to a case is in package model, what KubeFed's own code
// answers in package kubefed.
package corpus
