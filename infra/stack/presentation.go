package stack

// presentation declares the page. nginx looks the gateway up at each request,
// so it needs no gateway to start.
func (d *deployment) presentation() error {
	_, _, err := d.service(d.plan.Frontend, spec{})
	return err
}
