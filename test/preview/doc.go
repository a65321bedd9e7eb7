// Package preview holds what schedule --preview says against what KubeFed's replica
// scheduler then writes: many preferences for workloads in awkward states, on real
// clusters. The test takes minutes and has the build tag "long".
package preview
