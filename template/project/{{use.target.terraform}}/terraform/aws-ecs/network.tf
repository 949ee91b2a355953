# Who reaches what: callers the load balancer, it the tasks, and they the store and HTTPS.

resource "aws_lb" "agent" {
  # checkov:skip=CKV_AWS_91:each request is a line of the service's own log
  # checkov:skip=CKV2_AWS_28:a firewall is for public load balancers; associate yours if `internal` is false
  name                       = local.name
  load_balancer_type         = "application"
  internal                   = var.internal
  subnets                    = var.balancer_subnets
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  idle_timeout               = 300 # until the next event of a stream, or the end of a run
}

resource "aws_lb_target_group" "agent" {
  # checkov:skip=CKV_AWS_378:TLS ends at the load balancer, inside the VPC
  name                 = local.name
  vpc_id               = var.vpc_id
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  deregistration_delay = local.drain
  health_check {
    path                = "/ready"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.agent.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "agent" {
  listener_arn = aws_lb_listener.https.arn
  condition {
    path_pattern { values = var.paths }
  }
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.agent.arn
  }
}

resource "aws_security_group" "balancer" {
  name        = "${local.name}-balancer"
  description = "Callers of the agent"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "callers" {
  for_each          = toset(var.callers)
  security_group_id = aws_security_group.balancer.id
  description       = "HTTPS"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "The tasks"
  referenced_security_group_id = aws_security_group.task.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_security_group" "task" {
  name        = "${local.name}-task"
  description = "The agent"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  security_group_id            = aws_security_group.task.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.task.id
  description       = "Models, tools, and the registry"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "store" {
  for_each          = toset(var.store.cidrs)
  security_group_id = aws_security_group.task.id
  description       = "The store"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.store.port
  to_port           = var.store.port
}
