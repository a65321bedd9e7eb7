// Command linked links a part of KubeFed that the product must not link.
package main

import _ "sigs.k8s.io/kubefed/pkg/controller/util"

func main() {}
