// Command kube-apiserver is Kubernetes' own kube-apiserver over an etcd in the same process, which the variables ETCD_DIR,
// ETCD_URL and ETCD_PEER_URL place: a test starts and ends one process.
package main

import (
	"log"
	"net/url"
	"os"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	command := app.NewAPIServerCommand()
	command.Long += " This one brings its etcd, which ETCD_DIR, ETCD_URL and ETCD_PEER_URL place."
	if folder := os.Getenv("ETCD_DIR"); folder != "" {
		startEtcd(folder, address("ETCD_URL"), address("ETCD_PEER_URL"))
	}
	os.Exit(cli.Run(command))
}

func startEtcd(folder string, client, peer []url.URL) {
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	// What it holds goes with the test.
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = client, client
	config.ListenPeerUrls, config.AdvertisePeerUrls = peer, peer
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		log.Fatal(err)
	}
	<-etcd.Server.ReadyNotify()
}

func address(variable string) []url.URL {
	parsed, err := url.Parse(os.Getenv(variable))
	if err != nil {
		log.Fatal(err)
	}
	return []url.URL{*parsed}
}
