package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"speedscale/app/internal/config"
)

const healthTimeout = 2 * time.Second

// healthcheck requests /health/live from the gateway at LISTEN_ADDR, through the loopback
// address if it listens on all interfaces. It fails unless the gateway answers 200.
func healthcheck(ctx context.Context, cfg config.Config, _ io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	host, port, err := net.SplitHostPort(cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	client, scheme, err := clientOfItself(cfg)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/health/live", nil)
	if err != nil {
		return fmt.Errorf("ask the gateway: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the gateway: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the gateway answers %s", response.Status)
	}
	return nil
}

// clientOfItself speaks what the gateway with these settings serves. Its certificate is
// one for localhost, wherever it listens.
func clientOfItself(cfg config.Config) (client *http.Client, scheme string, err error) {
	transport := &http.Transport{}
	switch {
	case cfg.Certificate == nil:
		return &http.Client{Transport: transport}, "http", nil
	case cfg.Trust == nil:
		return nil, "", errors.New("TLS_CA_FILE is not set: want the file with the authorities that the gateway is verified with, since TLS_CERTIFICATE_FILE has it serve https")
	}
	transport.TLSClientConfig = cfg.Trust.Clone()
	transport.TLSClientConfig.ServerName = "localhost"
	return &http.Client{Transport: transport}, "https", nil
}
