// Package drift says what stands between a federated object and its targets:
// what KubeFed would do in each member, why, and which fields it would change.
//
// The questions are put in two rounds, since only the member's API server
// knows what a write would come to after defaulting and admission. Judge works
// out, from what was fetched, whether KubeFed writes at all and what; the
// caller sends that as a dry run where there is something to send; Settle
// turns the answer into the result. Nothing here opens a connection.
package drift
