# The processes that take queued runs: the tasks of the service, with another command, and no load balancer.

variable "workers" {
  description = "How many of them"
  type        = number
  default     = 1
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "${local.name}-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  volume { name = "data" }
  volume { name = "tmp" }
  container_definitions = jsonencode([merge(local.container, {
    command      = ["worker"]
    portMappings = []
    # It has reached its store lately.
    healthCheck = merge(local.container.healthCheck, {
      command  = ["CMD", "agent", "worker", "--check"]
      interval = 30
      timeout  = 10
    })
  })])
}

resource "aws_ecs_service" "worker" {
  name                               = "worker"
  cluster                            = aws_ecs_cluster.agent.id
  task_definition                    = aws_ecs_task_definition.worker.arn
  launch_type                        = "FARGATE"
  desired_count                      = var.workers
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  wait_for_steady_state              = true
  propagate_tags                     = "SERVICE"
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets          = var.subnets
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = false
  }
  lifecycle {
    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.worker.arn
      error_message = "The new workers do not become healthy, and ECS went back to those before: their log says why."
    }
  }
  timeouts {
    create = "15m"
    update = "15m"
  }
}
