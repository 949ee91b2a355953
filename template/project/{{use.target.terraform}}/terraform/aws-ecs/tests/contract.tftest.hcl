# terraform test: what is promised to operators, without an account.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/x" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/x/1" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/1" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/x/1/1" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-central-1:123456789012:task-definition/x:1" }
  }
}

variables {
  environment = "production"
  image       = "registry.example.com/agent@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  secrets = {
    AGENT_API_KEYS  = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:agent-1:AGENT_API_KEYS::"
    AGENT_STORE_URL = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:agent-1:AGENT_STORE_URL::"
  }
  vpc_id           = "vpc-1"
  subnets          = ["subnet-1", "subnet-2"]
  balancer_subnets = ["subnet-1", "subnet-2"]
  callers          = ["10.0.0.0/8"]
  certificate_arn  = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
  store            = { port = 5432, cidrs = ["10.0.0.0/16"] }
}

run "it_is_private_and_hardened" {
  assert {
    condition     = aws_lb.agent.internal && !aws_ecs_service.agent.network_configuration[0].assign_public_ip
    error_message = "It has public addresses."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.agent.container_definitions)[0].readonlyRootFilesystem
    error_message = "The file system can be written."
  }
  assert {
    condition     = aws_lb_target_group.agent.health_check[0].path == "/ready"
    error_message = "The load balancer sends requests to tasks that are not ready."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.agent.container_definitions)[0].stopTimeout == 35
    error_message = "Tasks are killed before they have drained."
  }
}

run "it_reads_only_its_own_secrets" {
  assert {
    condition     = tolist(data.aws_iam_policy_document.secrets.statement[0].resources) == tolist(["arn:aws:secretsmanager:eu-central-1:123456789012:secret:agent-1"])
    error_message = "The execution role may read more than the secrets of this service."
  }
}

run "it_refuses_tags_values_and_files" {
  command = plan
  variables {
    image   = "registry.example.com/agent:latest"
    secrets = { AGENT_API_KEYS = "alice:wonderland" }
  }
  expect_failures = [var.image, var.secrets]
}
