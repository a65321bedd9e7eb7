// Package federation is KubeFed's arithmetic without KubeFed: from a
// federated object it works out which members get the target, what the target
// looks like in each, and whether KubeFed would write it again.
//
// Everything here is a function of its arguments. The package opens no
// connection, reads no file and asks no clock, so anyone may import it to
// render a federated object or to check one.
//
// The rules are those of KubeFed v0.10.0, the last release. Comments name the
// file in KubeFed that a rule comes from; the differential tests hold the
// rules against that code.
package federation
