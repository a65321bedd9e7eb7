package main

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"
)

// Exit codes of curl.
const (
	exitUsage   = 2
	exitNoName  = 6
	exitConnect = 7
	exitTimeout = 28
	exitTLS     = 35
)

// curl makes a TLS handshake with each URL, all at the same time, and prints of each what the product's
// --write-out asks for: number, exit code, message and the certificates served. Genuine kind nodes have the
// real curl; it is called with the same arguments, and what is not understood here is an error.
func curl(args []string) error {
	urls, patience, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var printing sync.Mutex
	var all sync.WaitGroup
	for i, text := range urls {
		all.Go(func() {
			code, message, certificates := handshake(ctx, text)
			printing.Lock()
			defer printing.Unlock()
			fmt.Printf("url %d exit %d %s\n%s\n", i, code, message, certificates)
		})
	}
	all.Wait()
	return nil
}

// parse reads the command line; options that have a value and don't matter here are passed over.
func parse(args []string) (urls []string, patience time.Duration, err error) {
	patience = time.Minute
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--silent", "--insecure", "--globoff", "--parallel", "--parallel-immediate":
		case "--noproxy", "--write-out", "--output":
			i++
		case "--max-time":
			i++
			seconds, err := strconv.Atoi(args[i])
			if err != nil {
				return nil, 0, err
			}
			patience = time.Duration(seconds) * time.Second
		default:
			if args[i][0] == '-' {
				return nil, 0, fmt.Errorf("the bed's curl has no %s", args[i])
			}
			urls = append(urls, args[i])
		}
	}
	return urls, patience, nil
}

// handshake gives the exit code and the message of one transfer, and the certificates in PEM.
func handshake(ctx context.Context, text string) (code int, message string, certificates []byte) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "https" {
		return exitUsage, "no https URL", nil
	}
	port := parsed.Port()
	if port == "" {
		port = "443"
	}
	dialer := tls.Dialer{Config: &tls.Config{ServerName: parsed.Hostname(), InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(parsed.Hostname(), port))
	if err != nil {
		code, message = explain(parsed.Hostname(), err)
		return code, message, nil
	}
	defer connection.Close()
	for _, certificate := range connection.(*tls.Conn).ConnectionState().PeerCertificates {
		block := &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}
		certificates = append(certificates, pem.EncodeToMemory(block)...)
	}
	return 0, "", certificates
}

func explain(host string, err error) (code int, message string) {
	var lookup *net.DNSError
	var network *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return exitTimeout, "Operation timed out"
	case errors.As(err, &lookup):
		return exitNoName, "Could not resolve host: " + host
	case errors.As(err, &network) && network.Op == "dial":
		return exitConnect, "Failed to connect to " + host
	}
	return exitTLS, err.Error()
}
