// Package joining makes a cluster a member of a federation, and takes it out again.
//
// A join is checked before anything is written: the cluster is found and reached (Scene.Meet), the address that
// KubeFed's controllers will use is proved from where they run (Place.Prove), its identity is held against the
// clusters that are members already (CheckIdentity), and the objects that are to be made in the member and in
// the host are tried by dry runs (Plan.Try). Then they are made (Plan.Apply). Every step may be repeated: a join
// that was interrupted anywhere is finished by running it again.
//
// An unjoin removes what is found, and not what should be there (Scene.Leave, Departure.Apply): objects with the
// marks of a join, and those that kubefedctl made for the account whose token the host holds.
//
// The package is an edge: it talks to API servers and, through kindnode, to the container runtime. It prints
// nothing.
package joining
