// Package kindnode says which kind clusters exist on this machine, which node
// serves each one's API, at which addresses, and who really answers there.
//
// Find lists the clusters: which containers are kind's is asked of the kind
// library, and everything else comes from one inspect call of the same container
// runtime. A Cluster then offers addresses: the name that other containers
// resolve (InnerURL), the nodes' addresses (AddressURLs) and the ports published
// on this machine (PublishedURLs). An address is only a claim, since addresses
// move when containers restart, so Prove and Match check the certificate that is
// served there.
//
// The package is an edge: it runs docker, nerdctl or podman and opens
// connections. The only thing that it runs in a node is curl, in ProveInside. It
// prints nothing.
package kindnode
