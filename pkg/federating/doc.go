// Package federating turns plain objects into federated ones: it gathers them, by name, with what they need or
// with all of their namespace, plans the federated objects, finds what speaks against them in the host and in
// the members, and writes them. A plan is a value, and the same for a dry run, for print and for writing.
package federating
